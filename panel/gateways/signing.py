"""What all webhooks have in common: one signature, over the raw body, not from another age."""

import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from panel.gateways.protocol import BadSignature

BODY_MAX_BYTES = 256 * 1024
EVENT_ID_MAX = 200
SKEW_MAX_S = 300
"""How far a gateway's clock may be ahead of ours."""

_UNKEPT = re.compile(r"[\0\ud800-\udfff]")


def only_header(headers: Mapping[str, str], name: str) -> str:
    """The header's value. Raises BadSignature when it is missing, empty or there twice."""
    values = [value for given, value in headers.items() if given.lower() == name.lower()]
    if len(values) != 1 or not values[0].strip():
        raise BadSignature(f"{name} is missing, or there more than once.")
    return values[0].strip()


def require_hmac(secret: str, body: bytes, signature: str) -> None:
    """Raise BadSignature unless it is the hexadecimal HMAC-SHA256 of the raw body."""
    # With an empty secret everybody could sign.
    if not secret:
        raise BadSignature("No secret was filled in.")
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise BadSignature("The signature does not fit the body.")


def require_fresh(signed_at: float, *, age_max_s: float) -> None:
    """Raise BadSignature for what was signed too long ago, or in the future."""
    age = time.time() - signed_at
    if not -SKEW_MAX_S <= age <= age_max_s:
        raise BadSignature("The signature is from another time.")


def moment(text: str) -> int:
    """Seconds since 1970 as gateways write them. Raises BadSignature."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise BadSignature("The signature names no moment.")
    return int(text)


def object_in(body: bytes) -> dict[str, Any]:
    """The JSON object that the body is. Raises BadSignature when it is anything else."""
    if len(body) > BODY_MAX_BYTES:
        raise BadSignature(f"The body is longer than {BODY_MAX_BYTES} bytes.")
    with as_bad(ValueError, RecursionError):
        document = json.loads(body, object_hook=_kept)
    if not isinstance(document, dict):
        raise BadSignature("The body is no JSON object.")
    return document


def _kept(found: dict[str, Any]) -> dict[str, Any]:
    """The object with signs that no database keeps replaced: JSON can spell them."""
    return {
        name: _UNKEPT.sub("\ufffd", value) if isinstance(value, str) else value
        for name, value in found.items()
    }


def event_id(given: object, body: bytes) -> str:
    """The gateway's own id of the event, or one made of the body where it has none."""
    if isinstance(given, str) and 0 < len(given) <= EVENT_ID_MAX:
        return given
    return f"sha256-{hashlib.sha256(body).hexdigest()}"


def our_token(text: object) -> str:
    """The text, if it can be the token of one of our payments: an operator may use the same
    account for more than this panel, and what else is paid there is not our business."""
    try:
        return str(uuid.UUID(text)) if isinstance(text, str) else ""
    except ValueError:
        return ""


@contextmanager
def as_bad(*errors: type[Exception]) -> Iterator[None]:
    """These errors mean that the webhook is not genuine."""
    try:
        yield
    except errors as error:
        raise BadSignature(f"{type(error).__name__}: not a genuine webhook.") from None
