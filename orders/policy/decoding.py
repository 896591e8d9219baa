"""What codes in a link stand for: percent codes, and addresses in base 64."""

import binascii
import re
from urllib.parse import unquote

ROUNDS_MAX = 5  # codes of codes are undone at once; beyond this nothing reads what is left

_CODED_PERCENT = re.compile(r"%(?:25)+")
# "http" and "//" of an address at its beginning; where others begin cannot be told.
_BASE_64 = re.compile(r"aHR0c[\w+/-]+")
_BASE_64_START = "aHR0c"
_URL_SAFE = str.maketrans("-_", "+/")


def decoded(text: str) -> str:
    """Percent codes resolved, also those of percent codes."""
    if "%25" in text:
        text = _CODED_PERCENT.sub("%", text)
    for _round in range(ROUNDS_MAX):
        if "%" not in text:
            break
        before, text = text, unquote(text)
        if text == before:
            break
    return text


def unpacked(text: str) -> str:
    """The addresses that stand in ``text`` in base 64, decoded, on lines; mostly nothing."""
    if _BASE_64_START not in text:
        return ""
    return "\n".join(decoded(_read(packed)) for packed in _BASE_64.findall(text))


def _read(packed: str) -> str:
    whole = packed[: len(packed) // 4 * 4] if len(packed) % 4 == 1 else packed
    try:
        read = binascii.a2b_base64(whole.translate(_URL_SAFE) + "=" * (-len(whole) % 4))
    except ValueError:  # signs that are no letters of ASCII
        return ""
    return read.decode(errors="replace")
