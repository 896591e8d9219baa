"""One order on one screen: what was asked, every call and answer, its money, what can be done."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders import resolving
from orders.lifecycle import Status
from orders.models import Attempt, Order
from orders.money import MONEY_STEP
from orders.order_types import ORDER_TYPES
from panel.backoffice.access import Staff, staff_page
from panel.backoffice.actions import offered_for
from panel.backoffice.rights import Right
from providers.client import ProviderFailed

LINES_MAX = 300


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline: a word, what was said, who did it, money that moved."""

    at: datetime
    sign: str
    title: str
    text: str = ""
    actor: str = ""
    amount: Decimal | None = None


@require_safe
@staff_page(Right.ORDERS)
def order(request: HttpRequest, staff: Staff, order_id: int) -> HttpResponse:
    found = get_object_or_404(
        Order.objects.select_related(
            "service__category", "provider", "offer", "customer", "customer__user"
        ),
        pk=order_id,
    )
    is_unknown = found.status == Status.UNCONFIRMED
    context = {
        "order": found,
        "inputs": _inputs(found),
        "timeline": _timeline(found),
        "attempts": found.attempts.select_related("provider")[:LINES_MAX],
        "questions": found.reviews.filter(resolved_at=None),
        "answered": found.reviews.exclude(resolved_at=None)[:LINES_MAX],
        "actions": offered_for(found, staff.rights),
        "balance_says": resolving.evidence(found.pk).balance_says if is_unknown else "",
        "profit": _profit(found),
    }
    return render(request, "backoffice/order.html", context)


@require_safe
@staff_page(Right.RESOLVE)
def alike(request: HttpRequest, staff: Staff, order_id: int) -> HttpResponse:
    """Orders at the provider that nobody here holds: asked for on a click, it takes a moment."""
    found = get_object_or_404(Order, pk=order_id, status=Status.UNCONFIRMED)
    context: dict[str, Any] = {"order": found}
    try:
        context["candidates"] = resolving.candidates(found.pk)
    except ProviderFailed as failure:
        context["failure"] = failure.evidence
    return render(request, "backoffice/parts/alike.html", context)


def _profit(found: Order) -> Decimal:
    """What is left of what was kept; a refund takes its share of the cost along, as in reports."""
    kept, charged = found.charge + found.metered - found.refunded, found.charge
    cost = found.cost * (charged - found.refunded) / charged if charged else found.cost
    return (kept - cost).quantize(MONEY_STEP)


def _inputs(found: Order) -> list[tuple[Any, str]]:
    asked = ORDER_TYPES[found.service.type].inputs
    return [(item.label, found.inputs[item.name]) for item in asked if item.name in found.inputs]


def _timeline(found: Order) -> list[Line]:
    lines = [Line(found.created_at, "shopping-cart", _("Placed"))]
    lines += _events(found) + _calls(found) + _money(found) + _wishes(found)
    return sorted(lines, key=lambda line: line.at)


def _events(found: Order) -> list[Line]:
    events = found.events.all()[:LINES_MAX]
    return [Line(event.at, "info-circle", event.kind, event.text, event.actor) for event in events]


def _calls(found: Order) -> list[Line]:
    """Each attempt at its time; its request and answer stand in full beside the timeline."""
    attempts: list[Attempt] = list(found.attempts.select_related("provider")[:LINES_MAX])
    return [
        Line(
            attempt.opened_at,
            "rocket",
            f"{attempt.get_action_display()} → {attempt.provider}",
            f"{attempt.get_outcome_display()} {attempt.upstream_id or ''}",
        )
        for attempt in attempts
    ]


def _money(found: Order) -> list[Line]:
    entries = found.entries.all()[:LINES_MAX]
    return [
        Line(
            entry.created_at,
            "receipt",
            entry.get_kind_display(),
            entry.reason,
            entry.actor,
            entry.amount,
        )
        for entry in entries
    ]


def _wishes(found: Order) -> list[Line]:
    refills = [
        Line(wish.created_at, "refresh", _("Refill"), wish.get_status_display())
        for wish in found.refills.all()[:LINES_MAX]
    ]
    cancels = [
        Line(wish.created_at, "ban", _("Wish to cancel"), wish.get_status_display())
        for wish in found.cancels.all()[:LINES_MAX]
    ]
    return refills + cancels
