"""A text as it is compared: what looks alike to people is alike.

Case, width, accents, invisible characters and letters of other alphabets that look like Latin
ones are set aside, in the rules as in what was entered. Linear in the length of the text.
"""

import re
import sys
import unicodedata

# Marks over and through letters, and what leaves no trace on a screen.
_MARKS = ((0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
_UNSEEN = (
    *((0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164)),
    *((0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF)),
)
# By hand: letters of other alphabets, Latin ones with names of their own, full stops of others.
_SEEN_AS = (
    ("аеіјорсухѕԁһԛԝкмтвнӏѵүь", "aeijopcyxsdhqwkmtbhlvyb"),  # Cyrillic
    ("αινκορτυχεηωγβμ", "aivkoptuxenwybu"),  # Greek
    ("օսոհցզ", "ounhgq"),  # Armenian
    ("ᎪᏴᏟᎠᎬᏀᏂᎻᎥᎫᏦᏞᎷᏁᎾᏢᏒᏕᏚᎢᏆᏉᏤᎳᏇᎩᎽᏃ", "abcdegnhijklmnoprssttvvwwyyz"),  # Cherokee
    ("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "abcdefghijklmnoprstuvwxyz"),  # Lisu
    ("ıɑɡɛɩ。", "iagei."),
)
# By name: small capitals, letters with strokes and hooks, white letters on black.
_NAMED = ((0xC0, 0x2B0), (0x1D00, 0x1DC0), (0x2C60, 0x2C80), (0xA720, 0xAB70), (0x1F150, 0x1F190))
_NAME = re.compile(
    r"LATIN (?:SMALL LETTER|LETTER SMALL CAPITAL) ([A-Z])(?: WITH .+)?"
    r"|(?:CROSSED )?NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER ([A-Z])"
)
_LONGEST = "\ufdfa"  # one sign that opens into eighteen: a text of these would be a heavy one
_TOKEN = re.compile(r"[^\W_]+")


def _dropped() -> re.Pattern[str]:
    """One class of all characters that are left out: marks, and what cannot be seen."""
    spans = [*_MARKS, *_UNSEEN]
    formats = (n for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n)) == "Cf")
    spans += [(n, n) for n in formats]
    ranges = "".join(f"{re.escape(chr(low))}-{re.escape(chr(high))}" for low, high in spans)
    return re.compile(f"[{ranges}]+")


def _alike() -> dict[int, str]:
    """The Latin letter that each of the others is taken for."""
    alike: dict[int, str] = {}
    for low, high in _NAMED:
        names = ((n, _NAME.fullmatch(unicodedata.name(chr(n), ""))) for n in range(low, high))
        alike |= {n: (name[1] or name[2]).lower() for n, name in names if name}
    for others, letters in _SEEN_AS:
        alike |= {ord(o): letter for o, letter in zip(others, letters, strict=True)}
    return alike


_DROPPED = _dropped()
_ALIKE = _alike()


def fold(text: str) -> str:
    """The text as it is compared."""
    if text.isascii():
        return text.lower()
    opened = unicodedata.normalize("NFKD", text.replace(_LONGEST, "")).casefold()
    if not unicodedata.is_normalized("NFKD", opened):
        opened = unicodedata.normalize("NFKD", opened)
    return _DROPPED.sub("", opened).translate(_ALIKE)


def spaced(folded: str) -> str:
    """A folded text on one line, with single blanks."""
    return " ".join(folded.split())


def tokens(folded: str) -> list[str]:
    """The words of a folded text: letters and digits that stand together."""
    return _TOKEN.findall(folded)
