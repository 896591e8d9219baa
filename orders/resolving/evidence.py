"""What is known about an unknown order, for the person who decides."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from orders.lifecycle import Status
from orders.models import Attempt, Order, OrderEvent, Review
from orders.resolving.gaps import gap_of, open_gap, orphans_in
from orders.resolving.probing import expected_charge, is_charge_of
from providers.client import Connection

EVENTS_MAX = 50
BALANCE_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One unknown order: what was sent, what came back, what the provider's balance says."""

    order: Order
    attempts: list[Attempt]
    events: list[OrderEvent]
    review: Review | None
    balance_says: str
    """``accepted``, ``not accepted`` or ``cannot tell``: evidence, never proof."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order of ours at the provider that no order here holds."""

    upstream_id: str
    charge: Decimal | None
    is_expected_charge: bool
    text: str


def unconfirmed() -> QuerySet[Order]:
    """All orders about which somebody must decide, oldest first."""
    return (
        Order.objects.filter(status=Status.UNCONFIRMED)
        .select_related("service", "provider", "customer")
        .order_by("pk")
    )


def evidence(order_id: int) -> Evidence:
    """Everything that was written down about the order. Raises Order.DoesNotExist."""
    order = Order.objects.select_related("service", "provider", "offer").get(pk=order_id)
    attempts = list(Attempt.objects.filter(order=order, action=Attempt.Action.ADD))
    review = Review.objects.filter(order=order, reason=Review.Reason.SILENT).last()
    return Evidence(
        order=order,
        attempts=attempts,
        events=list(OrderEvent.objects.filter(order=order)[:EVENTS_MAX]),
        review=review,
        balance_says=_balance_says(attempts[-1]) if attempts else "cannot tell",
    )


def candidates(order_id: int) -> list[Candidate]:
    """Ask the provider which of its ids may be this order. Raises ProviderFailed.

    Empty when nothing was found or ids there do not tell. Must not be called in a transaction.
    """
    latest = Attempt.objects.filter(order_id=order_id, action=Attempt.Action.ADD)
    attempt = latest.select_related("order", "provider").order_by("-pk").first()
    if attempt is None:
        return []
    gap = gap_of(attempt) or open_gap(attempt)
    if gap is None:
        return []
    orphans = orphans_in(gap, attempt, Connection.of(attempt.provider))
    return [
        Candidate(one, report.charge, is_charge_of(attempt.order, report), report.text)
        for one, report in orphans.reports.items()
    ]


def _balance_says(attempt: Attempt) -> str:
    """``balance_before`` is what would be left if nothing unknown had been accepted."""
    if attempt.balance_before is None or attempt.balance_after is None:
        return "cannot tell"
    taken = attempt.balance_before - attempt.balance_after
    expected = expected_charge(attempt.order)
    if expected > 2 * BALANCE_STEP and abs(taken - expected) < BALANCE_STEP:
        return "accepted"
    return "not accepted" if expected > 2 * BALANCE_STEP and not taken else "cannot tell"
