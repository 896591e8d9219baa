"""A customer asks for a refill: the rules, and the row that is due."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from orders.lifecycle import REFILL_OPEN, Status
from orders.models import Order, OrderEvent, Refill

COOLDOWN = timedelta(hours=24)
REFILLABLE = frozenset({Status.COMPLETED, Status.PARTIAL})


class RefillRefused(Exception):
    """This order is not refilled; nothing has happened. Its text is the protocol's."""

    text = ""

    def __init__(self) -> None:
        super().__init__(self.text)


class IncorrectOrder(RefillRefused):
    """There is no such order of this customer."""

    text = "Incorrect order ID"


class RefillDisabled(RefillRefused):
    """The service is sold without refill."""

    text = "Refill is disabled for this service"


class NotEnded(RefillRefused):
    """The order is still being delivered, or ended with nothing delivered."""

    text = "The order is not completed"


class RefillDaysOver(RefillRefused):
    """The order ended longer ago than the service is refilled for."""

    text = "Refill days are over"


class RefillTooSoon(RefillRefused):
    """Completion or the last refill is less than COOLDOWN ago, or a refill is under way."""

    text = "The order was completed or refill was requested less than 24 hours ago"


@transaction.atomic
def request_refill(order_id: int, *, customer_id: int | None, now: datetime) -> Refill:
    """Leave a refill that is due for the provider, or for staff where they deliver.

    ``customer_id`` None is staff: the days and the 24 hours do not bind them.
    Raises one of the RefillRefused classes; then nothing has happened.
    """
    order = _locked(order_id, customer_id)
    if not order.service.refill:
        raise RefillDisabled
    if order.status not in REFILLABLE or order.closed_at is None:
        raise NotEnded
    if order.refills.filter(status__in=REFILL_OPEN).exists():
        raise RefillTooSoon
    if customer_id is not None:
        _check_times(order, order.closed_at, now=now)
    due_at = now if order.provider_id else None
    refill = Refill.objects.create(order=order, due_at=due_at, created_at=now)
    OrderEvent.objects.create(order=order, kind="refill_requested", at=now)
    return refill


def _locked(order_id: int, customer_id: int | None) -> Order:
    rows = Order.objects.select_for_update(of=("self",)).select_related("service")
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    order = rows.filter(pk=order_id).first()
    if order is None:
        raise IncorrectOrder
    return order


def _check_times(order: Order, closed_at: datetime, *, now: datetime) -> None:
    if now >= closed_at + timedelta(days=order.service.refill_days):
        raise RefillDaysOver
    asked_at = order.refills.aggregate(latest=Max("created_at"))["latest"]
    if now < max(closed_at, asked_at or closed_at) + COOLDOWN:
        raise RefillTooSoon
