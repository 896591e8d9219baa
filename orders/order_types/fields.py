"""Reading one input: strict, and an error that names its field."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders.order_types.table import Input, Kind

NUMBER_MAX = 999_999_999
RUNS_MAX = 1_000
INTERVAL_MAX_MINUTES = 100_000
LINES_MAX = 20_000
LINES_BYTES_MAX = 1_000_000
TEXT_MAX = 2_000
LINK_MAX = 2_000
ABSENT = frozenset({"", "undefined", "null", "None"})

_NUMBER = re.compile(r"[0-9]{1,9}")
_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_NEWLINE = re.compile(r"\r\n|\r|\n|\\r\\n|\\n")
# JSON can spell half a surrogate pair, which no database and no socket can carry.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LINES_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d)")
_LINK = re.compile(r"\S+")

MESSAGES: dict[str, Any] = {
    "missing": _("This is needed."),
    "number": _("Enter a whole number."),
    "number_more": _("At most %(limit)s."),
    "number_zero": _("At least 1."),
    "text": _("This contains characters that cannot be sent, or is too long."),
    "link": _("Enter a link or a name without spaces."),
    "choice": _("Choose one of the options."),
    "date": _("Enter a date in the future as day/month/year."),
    "lines": _("At most %(limit)s lines."),
    "quantity_less": _("Quantity less than minimal %(limit)s"),
    "quantity_more": _("Quantity more than maximum %(limit)s"),
    "drip_pair": _("Runs and interval belong together."),
    "drip_off": _("Drip-feed is not available for this service."),
    "order": _("The greatest quantity is less than the least."),
}


@dataclass(frozen=True, slots=True)
class InputError:
    """What is wrong with one input. ``code`` is a key of MESSAGES."""

    field: str
    code: str
    limit: int | None = None

    @property
    def message(self) -> str:
        return str(MESSAGES[self.code] % {"limit": self.limit})


class InvalidInputs(Exception):
    """What was entered cannot be ordered; ``errors`` names each field."""

    def __init__(self, errors: list[InputError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


@dataclass(slots=True)
class Reader:
    """What was entered, what was understood of it, and what was wrong."""

    raw: Mapping[str, str]
    today: date
    inputs: dict[str, str] = field(default_factory=dict)
    errors: list[InputError] = field(default_factory=list)

    def refuse(self, name: str, code: str, limit: int | None = None) -> None:
        self.errors.append(InputError(name, code, limit))

    def number(self, name: str) -> int:
        """A number already read, 0 when it was left out."""
        return int(self.inputs.get(name, "0"))


def read_input(reader: Reader, item: Input) -> None:
    """Read one input of a type into ``reader.inputs``, or note what is wrong with it."""
    if item.when and reader.inputs.get(item.when[0]) != item.when[1]:
        return
    text = str(reader.raw.get(item.name, "")).strip()
    if text in ABSENT and (text == "" or not item.required):
        if item.required:
            reader.refuse(item.name, "missing")
        return
    value = _READERS[item.kind](reader, item, text)
    if value is not None:
        reader.inputs[item.name] = value


def _read_number(reader: Reader, item: Input, text: str) -> str | None:
    # Never int() on what was entered: it takes other alphabets' digits, "1_000" and "+5".
    if not _NUMBER.fullmatch(text):
        reader.refuse(item.name, "number")
        return None
    number = int(text)
    if number == 0:
        if item.required:
            reader.refuse(item.name, "number_zero")
        return None
    limit = _NUMBER_LIMITS.get(item.name, NUMBER_MAX)
    if number > limit:
        reader.refuse(item.name, "number_more", limit)
        return None
    return str(number)


def _read_link(reader: Reader, item: Input, text: str) -> str | None:
    scheme = _SCHEME.match(text)
    foreign = scheme and scheme[1].lower() not in ("http", "https") and "." not in scheme[1]
    if len(text) > LINK_MAX or foreign or not _LINK.fullmatch(text) or _CONTROL.search(text):
        reader.refuse(item.name, "link")
        return None
    return text


def _read_text(reader: Reader, item: Input, text: str) -> str | None:
    if len(text) > TEXT_MAX or _CONTROL.search(text):
        reader.refuse(item.name, "text")
        return None
    return text


def _read_lines(reader: Reader, item: Input, text: str) -> str | None:
    if len(text.encode(errors="replace")) > LINES_BYTES_MAX or _LINES_CONTROL.search(text):
        reader.refuse(item.name, "text")
        return None
    # Not str.splitlines(): it also splits on U+2028 and others, which a provider does not.
    lines = [line.strip() for line in _NEWLINE.split(text)]
    lines = [line for line in lines if line]
    if not 1 <= len(lines) <= LINES_MAX:
        reader.refuse(item.name, "lines" if lines else "missing", LINES_MAX)
        return None
    return "\n".join(lines)


def _read_choice(reader: Reader, item: Input, text: str) -> str | None:
    if text not in dict(item.choices):
        reader.refuse(item.name, "choice")
        return None
    return text


def _read_date(reader: Reader, item: Input, text: str) -> str | None:
    parts = _DATE.fullmatch(text)
    try:
        day = parts and date(int(parts[3]), int(parts[2]), int(parts[1]))
    except ValueError:
        day = None
    if not day or day <= reader.today:
        reader.refuse(item.name, "date")
        return None
    return f"{day:%d/%m/%Y}"


_READERS: dict[Kind, Callable[[Reader, Input, str], str | None]] = {
    Kind.NUMBER: _read_number,
    Kind.LINK: _read_link,
    Kind.TEXT: _read_text,
    Kind.LINES: _read_lines,
    Kind.CHOICE: _read_choice,
    Kind.DATE: _read_date,
}
_NUMBER_LIMITS = {"runs": RUNS_MAX, "interval": INTERVAL_MAX_MINUTES}
