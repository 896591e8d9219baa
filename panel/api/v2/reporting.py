"""``status`` and ``balance``: what the customer may know about orders and money.

``charge`` is what the order costs the customer by now: charged, less what was given back.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from orders.lifecycle import Status, protocol_word
from orders.models import Customer
from orders.money import plain
from orders.order_types import ORDER_TYPES
from panel.api.v2.parameters import BadRequest
from panel.api.v2.replies import (
    IDS_MAX,
    INCORRECT_ORDER,
    TOO_MANY_IDS,
    Call,
    ProtocolError,
    number,
)

_REPORT = """
    SELECT o.id, o.charge + o.metered - o.refunded, o.start_count, o.status, o.remains,
           o.quantity * o.runs, s.type, o.served, o.inputs ->> 'expiry'
      FROM orders_order AS o
      JOIN orders_service AS s ON s.id = o.service_id
     WHERE o.customer_id = %s AND o.id = ANY(%s)
"""
_ALL_DELIVERED = frozenset({Status.COMPLETED, Status.EXPIRED})


def balance(call: Call) -> dict[str, str]:
    """What the customer holds, every digit."""
    held = Customer.objects.values_list("balance", flat=True).get(pk=call.caller.customer_id)
    return {"balance": plain(held), "currency": call.caller.currency}


def status(call: Call) -> dict[str, Any]:
    """One order, or up to IDS_MAX keyed as the client wrote their ids."""
    asked, is_many = asked_orders(call)
    ids = [order_id for text in asked[:IDS_MAX] if (order_id := number(text)) is not None]
    reports = _reports(call, ids)
    if not is_many:
        if not reports:
            raise ProtocolError(INCORRECT_ORDER)
        return reports[ids[0]]
    unknown = {"error": INCORRECT_ORDER}
    rows: dict[str, Any] = {
        text: reports.get(number(text) or 0, unknown) for text in asked[:IDS_MAX]
    }
    return rows | {text: {"error": TOO_MANY_IDS} for text in asked[IDS_MAX:]}


def asked_orders(call: Call) -> tuple[list[str], bool]:
    """The ids that were asked for, and whether as a list. BadRequest when there are none."""
    several = call.parameters.ids("orders")
    if several:
        return several, True
    one = call.parameters.ids("order")
    if not one:
        raise BadRequest("order")
    return one, len(one) > 1


def _reports(call: Call, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_REPORT, [call.caller.customer_id, list(ids)])
        return {row[0]: _report(row, call.caller.currency) for row in cursor.fetchall()}


def _report(row: Sequence[Any], currency: str) -> dict[str, Any]:
    _id, charge, start_count, state, remains, total, type_title, served, expiry = row
    is_subscription = ORDER_TYPES[type_title].is_subscription
    if remains is None:
        remains = 0 if state in _ALL_DELIVERED or is_subscription else total
    report: dict[str, Any] = {
        "charge": plain(charge),
        "start_count": str(start_count or 0),
        "status": protocol_word(state, is_subscription=is_subscription),
        "remains": str(remains),
        "currency": currency,
    }
    if is_subscription:
        # Subscriptions are metered by posts; the ids of their single deliveries are not ours.
        report |= {"posts": str(served or 0), "expiry": expiry, "orders": []}
    return report
