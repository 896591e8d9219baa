"""What happened to an order, as its customer may read it.

Events carry evidence for staff (names of providers, costs, raw answers): none of their text is
shown here. Customers read our own words for the kinds below, the movements of their money, and
why staff refused a wish.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders.lifecycle import CancelStatus, RefillStatus
from orders.models import Order
from orders.models.ledger import Kind

EVENTS_MAX = 200

TOLD: dict[str, tuple[str, Any]] = {
    "accepted": ("rocket", _("Sent for delivery")),
    "processing": ("rocket", _("Delivery is being prepared")),
    "in_progress": ("bolt", _("Delivery has started")),
    "paused": ("clock", _("Delivery is paused")),
    "completed": ("circle-check", _("Completed")),
    "partial": ("adjustments-horizontal", _("Ended with a part delivered")),
    "canceled": ("ban", _("Canceled")),
    "expired": ("history", _("Expired")),
}
MONEY: dict[str, tuple[str, Any]] = {
    Kind.REFUND: ("arrow-down-right", _("Refunded to your balance")),
    Kind.REVERSAL: ("arrow-up-right", _("Refund taken back")),
    Kind.CHARGE: ("receipt", _("Charged for what was served")),
}
REFILL_ENDS: dict[str, Any] = {
    RefillStatus.COMPLETED: _("Refill completed"),
    RefillStatus.REJECTED: _("Refill rejected"),
}
CANCEL_ENDS: dict[str, Any] = {
    CancelStatus.DONE: _("The wish to cancel was fulfilled"),
    CancelStatus.REFUSED: _("This order can no longer be canceled"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the story; ``amount`` is money that moved with it."""

    at: datetime
    sign: str
    text: Any
    amount: Decimal | None = None
    told: str = ""
    """What staff wrote to the customer about it."""


def story_of(order: Order) -> list[Moment]:
    """Everything the customer may know, oldest first: four queries."""
    moments = [Moment(order.created_at, "shopping-cart", _("Order placed"), -order.charge)]
    moments += _events(order) + _money(order) + _refills(order) + _cancels(order)
    return sorted(moments, key=lambda moment: moment.at)


def _events(order: Order) -> list[Moment]:
    known = order.events.filter(kind__in=TOLD).values_list("at", "kind")[:EVENTS_MAX]
    return [Moment(at, *TOLD[kind]) for at, kind in known]


def _money(order: Order) -> list[Moment]:
    later = order.entries.exclude(kind=Kind.CHARGE, step=1)[:EVENTS_MAX]
    return [Moment(entry.created_at, *MONEY[entry.kind], entry.amount) for entry in later]


def _refills(order: Order) -> list[Moment]:
    moments = []
    for refill in order.refills.all()[:EVENTS_MAX]:
        moments.append(Moment(refill.created_at, "refresh", _("Refill requested")))
        if refill.closed_at and refill.status in REFILL_ENDS:
            text = REFILL_ENDS[refill.status]
            moments.append(Moment(refill.closed_at, "refresh", text, told=refill.told))
    return moments


def _cancels(order: Order) -> list[Moment]:
    moments = []
    for wish in order.cancels.all()[:EVENTS_MAX]:
        moments.append(Moment(wish.created_at, "ban", _("You asked to cancel")))
        if wish.closed_at and wish.status in CANCEL_ENDS:
            moments.append(Moment(wish.closed_at, "ban", CANCEL_ENDS[wish.status], told=wish.told))
    return moments
