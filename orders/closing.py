"""How an order ends: the one place money goes back.

Refunds are level-triggered: from the end state follows how much should be back by now, and the
difference to what is back already is booked under the order's lock. However often, in whatever
order and by whomever an end is reported, the sum stays right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from orders import ledger
from orders.ledger import OrderEntry
from orders.lifecycle import ENDED, NEXT, Status
from orders.models import OpenLink, Order, OrderEvent, Review
from orders.models.ledger import Kind
from orders.models.moves import Move, move_many
from orders.models.wishes import settle_cancels
from orders.money import ZERO, plain, product

ENDINGS_MAX = 1_000


class OrderMoved(Exception):
    """The order is no longer in a state from which it can end like this; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an order ended. ``undelivered`` counts units of its rate: their share goes back.

    None means all of them for CANCELED and none for the other ends.
    """

    order_id: int
    status: str
    undelivered: int | None = None
    start_count: int | None = None
    remains: int | None = None
    served: int | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing did to one order."""

    order_id: int
    status: str
    refunded: Decimal
    """Booked now, zero when it was all back already."""


def refund_target(*, charge: Decimal, rate: Decimal, units: int, ending: Ending) -> Decimal:
    """How much of ``charge`` should be back with the customer once the order ended so.

    Exact, between 0 and ``charge``. ValueError for a number of undelivered units that cannot be.
    """
    undelivered = ending.undelivered
    if undelivered is None:
        undelivered = units if ending.status == Status.CANCELED else 0
    if not 0 <= undelivered <= units:
        raise ValueError(f"{undelivered} of {units} units cannot be undelivered.")
    return charge if undelivered == units else product(rate, undelivered)


def close(
    order_id: int,
    status: str,
    *,
    now: datetime,
    undelivered: int | None = None,
    expected: frozenset[str] | None = None,
    evidence: str = "",
    actor: str = "",
) -> Closed:
    """End one order. ``expected`` names the states it may come from, else all legal ones.

    Raises OrderMoved when another hand was faster; then nothing has happened.
    """
    ending = Ending(
        order_id, status, undelivered=undelivered, remains=undelivered, evidence=evidence
    )
    with transaction.atomic():
        closed = close_many([ending], now=now, expected=expected, actor=actor)
        if not closed:
            raise OrderMoved(f"Order {order_id} cannot end as {status} any more.")
    return closed[0]


@transaction.atomic
def close_many(
    endings: Sequence[Ending],
    *,
    now: datetime,
    expected: frozenset[str] | None = None,
    actor: str = "",
) -> list[Closed]:
    """End up to ENDINGS_MAX orders in one transaction; returns those that ended by this call.

    An order that already ended as Canceled, or that may not go there, is left alone. A report
    that would take a refund back moves no money: a person is asked.
    """
    if len(endings) > ENDINGS_MAX:
        raise ValueError(f"At most {ENDINGS_MAX} endings at once.")
    latest = {ending.order_id: ending for ending in endings}
    rows = _locked(list(latest))
    closable = [
        (order, latest[order.pk]) for order in rows if _may_end(order, latest[order.pk], expected)
    ]
    closed = [Closed(o.pk, e.status, _difference(o, e)) for o, e in closable]
    refunds = [OrderEntry(c.order_id, Kind.REFUND, c.refunded) for c in closed if c.refunded]
    ledger.book(refunds, actor=actor)
    _write_ends(closable, closed, now=now, actor=actor)
    return closed


def _locked(order_ids: Sequence[int]) -> list[Order]:
    return list(Order.objects.filter(pk__in=order_ids).order_by("pk").select_for_update())


def _may_end(order: Order, ending: Ending, expected: frozenset[str] | None) -> bool:
    if ending.status not in ENDED:
        raise ValueError(f"{ending.status} is not an end.")
    if expected is not None and order.status not in expected:
        return False
    return ending.status in NEXT[order.status]


def _difference(order: Order, ending: Ending) -> Decimal:
    """What is still to be given back, never less than nothing."""
    target = refund_target(charge=order.charge, rate=order.rate, units=order.units, ending=ending)
    if target < order.refunded:
        Review.ask(
            order.pk,
            Review.Reason.CONTRADICTION,
            f"{plain(order.refunded)} is back already, {ending.status} asks for {plain(target)}.",
        )
        return ZERO
    return target - order.refunded


def _write_ends(
    closable: Sequence[tuple[Order, Ending]],
    closed: Sequence[Closed],
    *,
    now: datetime,
    actor: str,
) -> None:
    moves = [
        Move(e.order_id, e.status, start_count=e.start_count, remains=e.remains, served=e.served)
        for _, e in closable
    ]
    move_many(moves, now=now)
    ended = [c.order_id for c in closed]
    OpenLink.objects.filter(order_id__in=ended).delete()
    settle_cancels(ended, now=now)
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order_id=c.order_id,
            kind=c.status,
            text=_told(ending, c),
            actor=actor,
            at=now,
        )
        for (_, ending), c in zip(closable, closed, strict=True)
    )


def _told(ending: Ending, closed: Closed) -> str:
    refund = f"Refunded {plain(closed.refunded)}." if closed.refunded else ""
    return " ".join(part for part in (ending.evidence, refund) if part)
