"""Which letters a paper can show, and by which font.

Ours hold the Latin, Cyrillic, Greek and Arabic ones. An operator whose customers write otherwise
puts more fonts into a folder (``PAPER_FONTS``); what no font has is shown as LACKING.
"""

import unicodedata
from functools import cache
from pathlib import Path

import structlog
from django.conf import settings
from fontTools.ttLib import TTFont, TTLibError

FONTS = Path(__file__).parent / "fonts"
OURS = ("Inter-Regular.ttf", "NotoSansArabic-Regular.ttf")
KINDS = frozenset({".ttf", ".otf", ".ttc"})
MORE_MAX = 20
"""Fonts of the operator's folder, by their names."""
LACKING = "?"
# Signs that are not seen, and choose how the one before them looks: left out.
SELECTORS = frozenset(range(0xFE00, 0xFE10))
# Marks that keep amounts together on a page; on paper they have nothing to do.
MARKS = frozenset([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])

log = structlog.get_logger(__name__)


def is_plain(text: str) -> bool:
    """Whether our fonts have it all, as almost always."""
    return _ours().issuperset(map(ord, text))


def lacking(text: str) -> str:
    """The letters of a text that no font has, each once, in their order."""
    return "".join(dict.fromkeys(sign for sign in _composed(text) if _shown(sign) is None))


def printable(text: str) -> str:
    """The text with what can be shown of it; lines end with a line feed."""
    shown = (_shown(sign) for sign in _composed(text))
    return "".join(LACKING if sign is None else sign for sign in shown)


def fonts_for(text: str) -> list[Path]:
    """The operator's fonts that a text needs beside ours, each once."""
    needed = (_font_of(sign) for sign in text if ord(sign) not in _ours())
    return [path for path in dict.fromkeys(needed) if path is not None]


def _shown(sign: str) -> str | None:
    """The sign, or what stands for it without a loss; None where nothing does."""
    code, sort = ord(sign), unicodedata.category(sign)
    if sign == "\n" or code in _ours() or (code not in MARKS and _font_of(sign)):
        return sign
    if sort == "Zs" or sign == "\t":
        return " "
    return "" if sort in ("Cc", "Cf") or code in SELECTORS else None


def _font_of(sign: str) -> Path | None:
    return next((path for path in _more() if ord(sign) in _letters_in(path)), None)


def _composed(text: str) -> str:
    """Letters with their accents as one sign, as the fonts have them."""
    return unicodedata.normalize("NFC", "\n".join(text.splitlines()))


@cache
def _ours() -> frozenset[int]:
    return frozenset[int]().union(*(_letters_in(FONTS / name) for name in OURS)) - MARKS


def _more() -> list[Path]:
    return _found_in(settings.PAPER_FONTS) if settings.PAPER_FONTS else []


@cache
def _found_in(folder: str) -> list[Path]:
    """The usable fonts of a folder; looked at once, so a new one counts after a restart."""
    found = [path for path in sorted(Path(folder).glob("*")) if path.suffix.lower() in KINDS]
    return [path for path in found[:MORE_MAX] if _letters_in(path)]


@cache
def _letters_in(path: Path) -> frozenset[int]:
    """Empty for what is no font."""
    try:
        with TTFont(path, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (OSError, TTLibError) as error:
        log.warning("font_not_usable", font=path.name, reason=type(error).__name__)
        return frozenset()
