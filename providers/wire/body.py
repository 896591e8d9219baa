"""From bytes to a document: BOMs, PHP warnings, broken JSON, and the many ways to say "error"."""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from providers.wire.values import strict_text
from providers.wire.words import fold

DEPTH_MAX = 32
NUMBER_CHARACTERS_MAX = 100
NOISE_TRIES_MAX = 20
ERROR_CHARACTERS_MAX = 500

_ERROR_STATES = frozenset({"error", "fail", "failed", "failure", "false"})
_NO_ERROR = ("0", "false", "null")
_MESSAGES = ("message", "msg", "error_message", "text", "description", "detail")


class Unreadable(Exception):
    """The body is not a usable answer: empty, HTML, cut off, too deep, of the wrong shape."""


class SaysError(Exception):
    """The whole answer is an error; its text is the provider's."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed body. `noise` is what stood before the JSON: then it is evidence, not proof."""

    value: Any
    noise: str = ""


def decode(body: bytes, *, charset: str | None = None) -> str:
    """The body as text without a BOM; never fails."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = _decode_legacy(body, charset)
    return text.lstrip("\ufeff")


def parse(text: str) -> Document:
    """The JSON of a body. Numbers with a point are Decimal, NaN is None. Raises Unreadable."""
    text = text.strip()
    if not text:
        raise Unreadable("empty answer")
    try:
        document = Document(_JSON.decode(text))
    except (ValueError, RecursionError):
        document = _after_noise(text)
    if _is_too_deep(document.value):
        raise Unreadable("nested too deeply")
    return document


def error_text(value: Any) -> str | None:
    """The text of an error if the document is an object that says error, else None."""
    if not isinstance(value, dict):
        return None
    lowered = {str(name).lower(): field for name, field in value.items()}
    for name in ("error", "errors"):
        if name in lowered and not _is_nothing(lowered[name]):
            return _wording(lowered[name], lowered)
    for name in ("status", "success"):
        state = lowered.get(name)
        if state is False or (isinstance(state, str) and fold(state) in _ERROR_STATES):
            return _wording(None, lowered)
    return None


def _decode_legacy(body: bytes, charset: str | None) -> str:
    try:
        return body.decode(charset or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _after_noise(text: str) -> Document:
    # Warnings hold brackets too, so each opening one is tried; what follows must be the end.
    start = -1
    for _ in range(NOISE_TRIES_MAX):
        starts = [at for at in (text.find("{", start + 1), text.find("[", start + 1)) if at >= 0]
        if not starts:
            break
        start = min(starts)
        try:
            value, end = _JSON.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if start > 0 and end == len(text):
            return Document(value, noise=text[:start])
    raise Unreadable("not JSON")


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _is_nothing(value: Any) -> bool:
    return not value or value in _NO_ERROR


def _wording(error: Any, lowered: dict[str, Any]) -> str:
    texts = [*_texts(error), *(_text(lowered.get(name)) for name in _MESSAGES)]
    found = next((text for text in texts if text), "")
    return found or "says error without a text"


def _texts(error: Any) -> list[str]:
    if isinstance(error, dict):
        named = [_text(error.get(name)) for name in _MESSAGES]
        return [*named, *(text for field in error.values() for text in _texts(field))]
    if isinstance(error, list):
        return [text for item in error for text in _texts(item)]
    return [_text(error)] if isinstance(error, str) else []


def _text(value: Any) -> str:
    return strict_text(value, limit=ERROR_CHARACTERS_MAX)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if len(text) <= NUMBER_CHARACTERS_MAX else None
    except InvalidOperation:
        return None


def _whole(text: str) -> int | str:
    # Longer ones are nobody's number; int() refuses those with thousands of digits by raising.
    return int(text) if len(text) <= NUMBER_CHARACTERS_MAX else text[: NUMBER_CHARACTERS_MAX + 1]


_JSON = json.JSONDecoder(
    parse_float=_number, parse_int=_whole, parse_constant=lambda _: None, strict=False
)
