"""Orders that wait: for their turn, for a provider that is away, for a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from orders.forwarding.checking import find_obstacle, put_on_hold, usable_sources
from orders.forwarding.sources import RELEASED, SOURCE_COLUMNS, cost_now, take_next_source
from orders.lifecycle import Status
from orders.models import Order, OrderEvent, Review
from providers.models import Provider

RECONSIDER_MAX = 500
AWAY_S = 300
_MACHINE_HOLDS = (Order.Hold.MARGIN, Order.Hold.SOURCE)
_HOLD_REASONS = (Review.Reason.MARGIN, Review.Reason.SOURCE, Review.Reason.CONTRADICTION)


class NotHeld(Exception):
    """The order is not held, or no longer waiting; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Orders that are due; ``oldest_due_at`` is None when there are none."""

    rows: int
    oldest_due_at: datetime | None


def due_providers(now: datetime) -> list[int]:
    """Providers that may be called and have orders that are due."""
    theirs = _due(now).filter(provider_id=OuterRef("pk"))
    return list(
        Provider.objects.reachable(now)
        .filter(Exists(theirs))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def backlog(now: datetime) -> Backlog:
    """All orders that are due, with providers that are away as well."""
    found = _due(now).aggregate(rows=Count("pk"), oldest=Min("due_at"))
    return Backlog(found["rows"], found["oldest"])


def _due(now: datetime) -> QuerySet[Order]:
    return Order.objects.filter(status=Status.PENDING, hold=Order.Hold.NONE, due_at__lte=now)


@transaction.atomic
def hold(order_id: int, *, actor: str) -> None:
    """Keep a waiting order from being sent. Raises NotHeld when it waits no longer."""
    order = _waiting(order_id)
    Order.objects.filter(pk=order.pk).update(hold=Order.Hold.STAFF, due_at=None)
    OrderEvent.note(order.pk, "held", actor=actor)


@transaction.atomic
def release(order_id: int, *, actor: str, now: datetime) -> None:
    """Let a held order go in the next round; a person accepts what it costs now.

    Raises NotHeld; then nothing has happened.
    """
    order = _waiting(order_id)
    if not order.hold:
        raise NotHeld(f"Order {order_id} is not held.")
    if order.offer is not None and order.provider is not None:
        order.cost_rate = order.offer.cost
        order.cost = cost_now(order, order.offer, order.provider)
    _let_go(order, now=now)
    for reason in _HOLD_REASONS:
        Review.settle(order_id, RELEASED, now=now, actor=actor, reason=reason)
    OrderEvent.note(order_id, "released", actor=actor)


def _waiting(order_id: int) -> Order:
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("service", "offer", "provider")
        .filter(pk=order_id, status=Status.PENDING)
        .first()
    )
    if order is None:
        raise NotHeld(f"Order {order_id} is not waiting any more.")
    return order


def _let_go(order: Order, *, now: datetime) -> None:
    order.hold = Order.Hold.NONE
    order.due_at = now if order.offer_id else None
    order.save(update_fields=["hold", "due_at", *SOURCE_COLUMNS])


def reconsider(*, now: datetime) -> int:
    """Look again at orders that a machine holds and at those whose provider is away for long.

    What has become possible, at the same or at another source, goes to the next round. Returns
    how many do. At most RECONSIDER_MAX are looked at, in turn.
    """
    orders = _stuck(now).order_by("?")[:RECONSIDER_MAX]
    ids = list(orders.values_list("pk", flat=True))
    return sum(_reconsider_one(order_id, now=now) for order_id in ids)


def _stuck(now: datetime) -> QuerySet[Order]:
    is_away = Q(hold=Order.Hold.NONE, due_at__lte=now - timedelta(seconds=AWAY_S)) & ~Q(
        provider__in=Provider.objects.reachable(now)
    )
    is_held = Q(hold__in=_MACHINE_HOLDS)
    return Order.objects.filter(is_away | is_held, status=Status.PENDING, provider__isnull=False)


@transaction.atomic
def _reconsider_one(order_id: int, *, now: datetime) -> bool:
    try:
        order = _waiting(order_id)
    except NotHeld:
        return False
    was_held = bool(order.hold)
    assert order.provider is not None  # noqa: S101  # only such are asked for
    obstacle = find_obstacle(order, order.provider, usable_sources([order]))
    if not (was_held and obstacle is None):
        is_gone = obstacle is not None and obstacle.hold == Order.Hold.SOURCE
        if not take_next_source(order, now=now, only_first=is_gone):
            if obstacle is not None and not was_held:
                put_on_hold(order, obstacle)
            return False
        OrderEvent.note(order.pk, "next_source", f"Now {order.provider}: {order.offer}.")
    _let_go(order, now=now)
    for reason in (Review.Reason.MARGIN, Review.Reason.SOURCE):
        Review.settle(order.pk, "possible again", now=now, actor="", reason=reason)
    return True
