"""``add``: the hottest door. Two statements of the trade after the one that knows the key."""

import re

from orders import ledger, placing
from orders.models import Order
from orders.order_types import InputError, InvalidInputs
from panel.api.v2.replies import (
    INCORRECT_REQUEST,
    INCORRECT_SERVICE,
    Call,
    ProtocolError,
    number,
)
from panel.nudges import forward_soon

# Printable ASCII, and room for what sets it apart from the keys of other doors.
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,90}")

_TEXTS = {
    "quantity_less": "Quantity less than minimal {limit}",
    "quantity_more": "Quantity more than maximum {limit}",
}


def add(call: Call) -> dict[str, int]:
    """Place an order. ``idempotency_key`` (or the header Idempotency-Key) makes it repeatable."""
    service_id = number(call.parameters.text("service").strip())
    if service_id is None:
        raise ProtocolError(INCORRECT_SERVICE)
    try:
        placed = placing.place_order(
            customer_id=call.caller.customer_id,
            service_id=service_id,
            raw=call.parameters.texts(),
            now=call.now,
            origin=Order.Origin.API,
            idempotency_key=_idempotency_key(call),
        )
    except InvalidInputs as error:
        raise ProtocolError(_told(error.errors[0])) from error
    except placing.ServiceUnavailable as error:
        raise ProtocolError(INCORRECT_SERVICE) from error
    except (placing.OrderRefused, ledger.InsufficientBalance, ledger.MayNotSpend) as error:
        raise ProtocolError(str(error)) from error
    if not placed.is_replay:
        forward_soon(placed.provider_id)
    return {"order": placed.order_id}


def _idempotency_key(call: Call) -> str | None:
    header = call.headers.get("HTTP_IDEMPOTENCY_KEY", "")
    text = call.parameters.text("idempotency_key").strip() or header.strip()
    if not text:
        return None
    if not _IDEMPOTENCY_KEY.fullmatch(text):
        raise ProtocolError(f"{INCORRECT_REQUEST}: idempotency_key")
    return f"api:{text}"


def _told(error: InputError) -> str:
    """The first thing that is wrong, in the words that clients know, else by its name."""
    if error.code in _TEXTS:
        return _TEXTS[error.code].format(limit=error.limit)
    if error.field == "link":
        return "Bad link"
    return f"{INCORRECT_REQUEST}: {error.field}"
