"""Are the translations whole? `python -m tests.catalogues` says what is missing, and where.

Held, for every language but English: each text of the panel is translated, in as many plural
forms as the language has, with the placeholders it had; nothing is left over; and the compiled
file is the one that was made of the readable one. It needs no gettext tools.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("panel", "orders", "providers")
SOURCE_LANGUAGE = "en"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]|%%")
Key = tuple[str | None, str]


def problems() -> list[str]:
    """All that is wrong with the catalogues, one sentence each."""
    wanted = texts()
    found = list(_strange_names())
    for language, _name in settings.LANGUAGES:
        if language != SOURCE_LANGUAGE:
            found += [f"{language}: {problem}" for problem in _of_language(language, wanted)]
    return found


def texts() -> dict[Key, tuple[str, ...]]:
    """Every text that the sources mark, by context and first form, with all its forms."""
    found: dict[Key, tuple[str, ...]] = {}
    for source in _sources():
        for _line, message, _comments, context in extract(
            "python", io.BytesIO(source.encode()), KEYWORDS, options={"encoding": "utf-8"}
        ):
            forms = (message,) if isinstance(message, str) else tuple(message)
            key = (context, forms[0])
            found[key] = max(found.get(key, ()), forms, key=len)
    return found


def _sources() -> Iterator[str]:
    for path in _modules():
        yield path.read_text()
    for path in sorted((ROOT / "templates").rglob("*.*")):
        lines = templatize(path.read_text(), origin=str(path)).splitlines()
        yield "\n".join(line.strip() for line in lines)


def _modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def _strange_names() -> Iterator[str]:
    """A function under a name of its own marks texts that nobody finds."""
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom) or node.module != "django.utils.translation":
                continue
            for name in node.names:
                if name.asname not in (None, "_"):
                    yield f"{path.relative_to(ROOT)}: {name.name} is called {name.asname}"


def _of_language(language: str, wanted: dict[Key, tuple[str, ...]]) -> Iterator[str]:
    folder = ROOT / "locale" / language / "LC_MESSAGES"
    with (folder / "django.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    with (folder / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    known = {_key(message): message for message in catalogue if message.id}
    for key, forms in wanted.items():
        if key not in known:
            yield f"not in the catalogue: {key[1]!r}"
        else:
            yield from _of_message(known[key], forms, plurals=catalogue.num_plurals)
    yield from (f"no longer used: {key[1]!r}" for key in known.keys() - wanted.keys())
    if _pairs(catalogue) != _pairs(compiled):
        yield "django.mo is not what django.po says: run `manage.py compilemessages`"


def _of_message(message: Message, forms: tuple[str, ...], *, plurals: int) -> Iterator[str]:
    written = message.string or ""
    translated = (written,) if isinstance(written, str) else tuple(written)
    if message.fuzzy:
        yield f"fuzzy: {forms[0]!r}"
    if not all(translated):
        yield f"not translated: {forms[0]!r}"
        return
    if len(translated) != (plurals if len(forms) > 1 else 1):
        yield f"needs {plurals} plural forms: {forms[0]!r}"
    for one in translated:
        if not _fits(one, forms):
            yield f"other placeholders: {forms[0]!r} has become {one!r}"


def _fits(translated: str, forms: tuple[str, ...]) -> bool:
    """The same placeholders; a plural form may say its number in a word ("one order")."""
    has, should = (sorted(PLACEHOLDER.findall(text)) for text in (translated, forms[-1]))
    if len(forms) == 1 or "%d" in should:
        return has == should
    return set(has) <= set(should) and len(should) - len(has) <= 1


def _key(message: Message) -> Key:
    context: Any = message.context  # of a compiled file: bytes
    if isinstance(context, bytes):
        context = context.decode()
    return context, message.id if isinstance(message.id, str) else message.id[0]


def _pairs(catalogue: Catalog) -> dict[Key, Any]:
    """Each text with its translation; without the head, and without what is not translated."""
    return {
        _key(message): tuple(message.string) if message.pluralizable else message.string
        for message in catalogue
        if message.id and message.string
    }


if __name__ == "__main__":
    settings.configure(LANGUAGES=[(path.name, "") for path in (ROOT / "locale").iterdir()])
    wrong = problems()
    print("\n".join(wrong) or "Every text is translated.")
    sys.exit(bool(wrong))
