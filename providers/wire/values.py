"""Single values, read strictly: what is not plainly a number is None, never a guess.

`int()`, `Decimal()` and `float()` are never given raw input: they accept `٣٤`, `1_000`, NaN.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

ID_MAX = 64
INTEGER_DIGITS_MAX = 18
DECIMAL_DIGITS_MAX = 12
DECIMAL_PLACES = 10

_BLANKS: Final = " \t\r\n"
_INTEGER = re.compile(rf"[0-9]{{1,{INTEGER_DIGITS_MAX}}}")
_DECIMAL = re.compile(rf"-?[0-9]{{1,{DECIMAL_DIGITS_MAX}}}(\.[0-9]{{1,30}})?")
_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{ID_MAX}}}")
_NUMBER_LIKE = re.compile(r"[-_]*[0-9][0-9_-]*")
_POSITIVE = re.compile(r"0*[1-9][0-9]*")
_STEP = Decimal(1).scaleb(-DECIMAL_PLACES)
_ABSENT = frozenset({"", "undefined", "null", "none", "nan"})
_YES = frozenset({"1", "true", "yes", "on"})
_NO_ID = _ABSENT | {"true", "false", "error", "fail", "failed", "success", "ok", "inf", "infinity"}


def is_absent(value: Any) -> bool:
    """None, "", and the words with which other programs write "nothing"."""
    return value is None or (isinstance(value, str) and value.strip().lower() in _ABSENT)


def strict_integer(value: Any) -> int | None:
    """A whole number of 0 or more with at most 18 digits, from a JSON number or plain digits."""
    if type(value) is int:
        return value if 0 <= value < 10**INTEGER_DIGITS_MAX else None
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip(_BLANKS)):
        return int(value)
    return None


def strict_decimal(value: Any, *, rounding: str = ROUND_HALF_UP) -> Decimal | None:
    """A plain decimal below 10^12, with at most 10 decimals (more are rounded)."""
    number: Decimal | None = None
    if type(value) is int and abs(value) < 10**DECIMAL_DIGITS_MAX:
        number = Decimal(value)
    elif isinstance(value, Decimal) and _is_moderate(value):
        number = value
    elif isinstance(value, str) and _DECIMAL.fullmatch(value.strip(_BLANKS)):
        number = Decimal(value.strip(_BLANKS))
    if number is None:
        return None
    if number.as_tuple().exponent < -DECIMAL_PLACES:  # type: ignore[operator]  # it is finite
        number = number.quantize(_STEP, rounding=rounding)
    return number or Decimal(0)


def flag(value: Any) -> bool:
    """True for true, 1, "1", "true", "yes", "on"; anything else, and nothing, is False."""
    return value is True or (
        isinstance(value, str | int) and str(value).strip(_BLANKS).lower() in _YES
    )


def strict_text(value: Any, *, limit: int) -> str:
    """A text, or a number as text, that any database can hold; "" for everything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    cleaned = str(value).replace("\0", "").strip()
    # JSON can spell half a surrogate pair, which no database and no socket can carry.
    return cleaned.encode("utf-8", "replace").decode()[:limit]


def upstream_id(value: Any) -> str | None:
    """The id of an order or refill: a positive whole number or 1 to 64 of `[A-Za-z0-9_-]`."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip(_BLANKS) if isinstance(value, str) else _digits(value)
    if not _ID.fullmatch(text) or text.lower() in _NO_ID:
        return None
    if _NUMBER_LIKE.fullmatch(text) and not _POSITIVE.fullmatch(text):
        return None
    return text if any(character.isalnum() for character in text) else None


def _digits(value: int) -> str:
    # str() of an int with thousands of digits raises.
    return str(value) if 0 < value < 10**ID_MAX else ""


def _is_moderate(value: Decimal) -> bool:
    # 1E+999999 is legal JSON, and fills the memory when it is written out.
    return value.is_finite() and (not value or -30 <= value.adjusted() < DECIMAL_DIGITS_MAX)
