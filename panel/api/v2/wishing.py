"""``refill``, ``refill_status`` and ``cancel``: wishes after the purchase, one or many."""

from collections.abc import Callable
from typing import Any

from django.db import DatabaseError

from orders import cancelling, refilling
from orders.lifecycle import REFILL_WORDS
from orders.models import Refill
from orders.models.patience import may_pass
from panel.api.v2.parameters import BadRequest
from panel.api.v2.replies import (
    IDS_MAX,
    INCORRECT_ORDER,
    REFILL_NOT_FOUND,
    TOO_MANY_IDS,
    UNAVAILABLE,
    Call,
    ProtocolError,
    echo,
    number,
)
from panel.api.v2.reporting import asked_orders


def refill(call: Call) -> Any:
    """Ask for refills: one with its id as a text, many as a list in the order asked."""
    asked, is_many = asked_orders(call)
    if not is_many:
        return {"refill": str(_refill(call, asked[0]))}
    return _rows(asked, name="refill", wish=lambda text: _refill(call, text))


def cancel(call: Call) -> Any:
    """Ask to cancel, always answered as a list: the protocol knows no other form."""
    asked, _is_many = asked_orders(call)
    return _rows(asked, name="cancel", wish=lambda text: _cancel(call, text))


def refill_status(call: Call) -> Any:
    """How refills are doing."""
    several = call.parameters.ids("refills")
    asked = several or call.parameters.ids("refill")
    if not asked:
        raise BadRequest("refill")
    ids = [found for text in asked[:IDS_MAX] if (found := number(text)) is not None]
    own = Refill.objects.filter(pk__in=ids, order__customer_id=call.caller.customer_id)
    words = {pk: REFILL_WORDS[state] for pk, state in own.values_list("pk", "status")}
    if not several and len(asked) == 1:
        if not words:
            raise ProtocolError(REFILL_NOT_FOUND)
        return {"status": words[ids[0]]}
    unknown = {"error": REFILL_NOT_FOUND}
    rows = [
        {"refill": echo(text), "status": words.get(number(text) or 0, unknown)}
        for text in asked[:IDS_MAX]
    ]
    return rows + [
        {"refill": echo(text), "status": {"error": TOO_MANY_IDS}} for text in asked[IDS_MAX:]
    ]


def _rows(asked: list[str], *, name: str, wish: Callable[[str], int]) -> list[dict[str, Any]]:
    """One row for each order, in the order asked; a refused one does not hold up the others."""
    rows: list[dict[str, Any]] = []
    for position, text in enumerate(asked):
        try:
            if position >= IDS_MAX:
                raise ProtocolError(TOO_MANY_IDS)
            rows.append({"order": echo(text), name: wish(text)})
        except ProtocolError as error:
            rows.append({"order": echo(text), name: {"error": str(error)}})
        except DatabaseError as error:
            if not may_pass(error):
                raise
            # Those before it stand: the answer must still tell about each.
            rows.append({"order": echo(text), name: {"error": UNAVAILABLE}})
    return rows


def _refill(call: Call, text: str) -> int:
    try:
        found = refilling.request_refill(
            _order_id(text), customer_id=call.caller.customer_id, now=call.now
        )
    except refilling.RefillRefused as error:
        raise ProtocolError(str(error)) from error
    return found.pk


def _cancel(call: Call, text: str) -> int:
    try:
        cancelling.request_cancel(
            _order_id(text), customer_id=call.caller.customer_id, now=call.now
        )
    except cancelling.CancelRefused as error:
        raise ProtocolError(str(error)) from error
    return 1


def _order_id(text: str) -> int:
    found = number(text)
    if found is None:
        raise ProtocolError(INCORRECT_ORDER)
    return found
