"""What goes back: JSON, nothing else, and errors with HTTP 200 as every client expects them."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from panel.api.keys import Caller
from panel.api.v2.parameters import Parameters

INCORRECT_REQUEST = "Incorrect request"
INCORRECT_ORDER = "Incorrect order ID"
INCORRECT_SERVICE = "Incorrect service ID"
REFILL_NOT_FOUND = "Refill not found"
UNAVAILABLE = "Temporarily unavailable"
IDS_MAX = 100
TOO_MANY_IDS = f"At most {IDS_MAX} ids at once"

_ID_DIGITS_MAX = 18


class ProtocolError(Exception):
    """An error with a text of the protocol."""


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request for one action."""

    caller: Caller
    parameters: Parameters
    headers: dict[str, str] = field(repr=False)
    now: datetime


def reply(payload: Any, *, status: int = 200) -> HttpResponse:
    """``payload`` as JSON that nobody keeps."""
    return raw_reply(json.dumps(payload, separators=(",", ":")).encode(), status=status)


def raw_reply(body: bytes, *, status: int = 200) -> HttpResponse:
    """``body``, JSON already. The content type is exactly what old clients compare with."""
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(body, status=status, headers=headers)


def error_reply(text: str, *, status: int = 200) -> HttpResponse:
    """``{"error": text}``. A 4xx would hide the text from most clients."""
    return reply({"error": text}, status=status)


def number(text: str) -> int | None:
    """An id of ours from what a client wrote; None when it cannot be one."""
    is_id = text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS_MAX
    return int(text) if is_id else None


def echo(text: str) -> int | str:
    """An id as lists repeat it: a number where it is one."""
    found = number(text)
    return text if found is None else found
