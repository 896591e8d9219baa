"""What staff put right by hand: ends of orders with their money, delivery by hand, open questions.

Nothing here sends an order anywhere. An order that is being sent at this moment is left alone:
its answer decides first.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from orders import closing
from orders.closing import Closed, Ending, refund_target
from orders.lifecycle import AT_PROVIDER, Status
from orders.models import Order, OrderEvent, Review
from orders.money import ZERO
from orders.order_types import ORDER_TYPES

START_COUNT_MAX = 10**15
ENDABLE: dict[str, frozenset[str]] = {
    Status.CANCELED: AT_PROVIDER
    | {
        Status.PENDING,
        Status.UNCONFIRMED,
        Status.COMPLETED,
        Status.PARTIAL,
        Status.EXPIRED,
    },
    Status.PARTIAL: AT_PROVIDER | {Status.COMPLETED, Status.EXPIRED},
    Status.COMPLETED: AT_PROVIDER,
}
"""From where staff may end an order so. One that was not sent yet cannot be delivered in part."""
LEAVABLE = frozenset(
    {
        Review.Reason.REFUSED,
        Review.Reason.WORD,
        Review.Reason.REMAINS,
        Review.Reason.FAILED,
        Review.Reason.MISSING,
        Review.Reason.TOO_OLD,
        Review.Reason.UNPAID,
        Review.Reason.CONTRADICTION,
    }
)
"""Questions that may be closed without doing anything; the others say why an order stands still."""


class CannotCorrect(Exception):
    """The order is not in a state for this, or the number cannot be; nothing was changed."""


class NotAsShown(CannotCorrect):
    """The order has changed since the amount was shown; nothing was changed."""


def may_end(order: Order, status: str) -> bool:
    """Whether staff may end the order so. Needs its service."""
    states = ENDABLE[status]
    if order.provider_id is None:
        states |= {Status.PENDING}
    if status == Status.PARTIAL and not _has_shares(order):
        return False
    return order.status in states


def refund_of(order: Order, status: str, *, undelivered: int | None = None) -> Decimal:
    """What ending the order so would give back now. Raises CannotCorrect for impossible units."""
    ending = Ending(order.pk, status, undelivered=undelivered)
    try:
        target = refund_target(
            charge=order.charge, rate=order.rate, units=order.units, ending=ending
        )
    except ValueError as error:
        raise CannotCorrect(str(error)) from error
    return max(target - order.refunded, ZERO)


@transaction.atomic
def end(
    order_id: int,
    status: str,
    *,
    shown: Decimal,
    undelivered: int | None = None,
    reason: str,
    actor: str,
    now: datetime,
) -> Closed:
    """End an order by decision, book the ``shown`` refund, close the questions about it.

    Raises CannotCorrect, or NotAsShown when the refund would be another one than the person
    saw; then nothing has happened.
    """
    order = _locked(order_id)
    _must_end_as_shown(order, status, shown=shown, undelivered=undelivered)
    closed = closing.close(
        order_id,
        status,
        now=now,
        undelivered=undelivered,
        expected=frozenset({order.status}),
        evidence=reason,
        actor=actor,
    )
    Review.settle(order_id, f"{status}: {reason}", now=now, actor=actor)
    return closed


def _must_end_as_shown(
    order: Order, status: str, *, shown: Decimal, undelivered: int | None
) -> None:
    if not may_end(order, status):
        raise CannotCorrect(f"Order {order.pk} cannot end as {status} now.")
    if refund_of(order, status, undelivered=undelivered) != shown:
        raise NotAsShown(f"The refund of order {order.pk} is not {shown} any more.")


@transaction.atomic
def begin(order_id: int, *, actor: str, now: datetime) -> None:
    """Staff start to deliver an order of a service without a provider. Raises CannotCorrect."""
    order = _locked(order_id)
    if order.provider_id is not None or order.status != Status.PENDING:
        raise CannotCorrect(f"Order {order_id} does not wait for delivery by hand.")
    order.move_to(Status.IN_PROGRESS, now=now)
    OrderEvent.note(order_id, Status.IN_PROGRESS, actor=actor)


@transaction.atomic
def set_start_count(order_id: int, start_count: int, *, actor: str) -> None:
    """Write the counter before delivery as a person saw it. Raises CannotCorrect."""
    if not 0 <= start_count <= START_COUNT_MAX:
        raise CannotCorrect(f"{start_count} is no start count.")
    order = _locked(order_id)
    text = f"Start count {order.start_count} set to {start_count}."
    Order.objects.filter(pk=order_id).update(start_count=start_count)
    OrderEvent.note(order_id, "start_count", text, actor=actor)


@transaction.atomic
def leave(order_id: int, *, reason: str, actor: str, now: datetime) -> None:
    """Close the open questions that ask for no more than a look; the order stays as it is.

    Raises CannotCorrect when there are none.
    """
    order = _locked(order_id)
    if not may_leave(order):
        raise CannotCorrect(f"Nothing about order {order_id} can be left as it is.")
    text = f"left as it is: {reason}" if reason else "left as it is"
    Review.settle(order_id, text, now=now, actor=actor, reason__in=LEAVABLE)
    OrderEvent.note(order_id, "left", reason, actor=actor)


def may_leave(order: Order) -> bool:
    """Whether a question about the order can be closed without doing anything."""
    if order.hold:
        return False
    return order.reviews.filter(resolved_at=None, reason__in=LEAVABLE).exists()


def _has_shares(order: Order) -> bool:
    """Whether a part of it can be given back: packages are whole, metered ones cost as served."""
    order_type = ORDER_TYPES[order.service.type]
    return order.units > 0 and not order_type.is_package and not order_type.is_subscription


def _locked(order_id: int) -> Order:
    return Order.objects.select_for_update(of=("self",)).select_related("service").get(pk=order_id)
