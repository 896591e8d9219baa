"""A customer's orders: the list with its tabs, the page of one order, what happened to it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from orders.lifecycle import CANCEL_OPEN, OPEN, REFILL_OPEN, Status
from orders.models import CancelRequest, Customer, Order, Refill
from orders.order_types import ORDER_TYPES
from orders.refilling.requesting import COOLDOWN, REFILLABLE
from panel.dashboard.access import for_customers
from panel.dashboard.story import story_of
from panel.pager import Pager, by_key
from panel.storefront.services import number_in

COUNTED_MAX = 10_000  # the latest orders of a customer: what tabs count and words search
LINK_WORD_MAX = 300
UNCHANGED = 204

TABS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("All"), ()),
    "pending": (_("Pending"), (Status.PENDING, Status.SUBMITTING, Status.UNCONFIRMED)),
    "processing": (_("Processing"), (Status.PROCESSING,)),
    "in-progress": (_("In progress"), (Status.IN_PROGRESS, Status.PAUSED)),
    "completed": (_("Completed"), (Status.COMPLETED, Status.EXPIRED)),
    "partial": (_("Partial"), (Status.PARTIAL,)),
    "canceled": (_("Canceled"), (Status.CANCELED,)),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One heading of the list; ``count`` is of the latest COUNTED_MAX orders."""

    code: str
    title: Any
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An order and what its customer may ask for now."""

    order: Order
    may_refill: bool
    may_cancel: bool
    wish: str

    @property
    def is_open(self) -> bool:
        return self.order.status in OPEN


@require_safe
@for_customers
def orders(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The list. Its rows ask for themselves again while something is under way."""
    tab = request.GET.get("status", "")
    words = request.GET.get("q", "").strip()
    pager = by_key(found_orders(customer, tab, words), request.GET)
    seen = _mark(pager.rows)
    if request.GET.get("seen") == seen:
        return HttpResponse(status=UNCHANGED)
    context = {"lines": lines(pager.rows), "pager": pager, "words": words, "seen": seen}
    if "seen" in request.GET:
        return render(request, "dashboard/parts/orders.html", context | _asks_again(pager))
    context |= {"tabs": _tabs(customer, tab), "tab": tab, "counted_max": COUNTED_MAX}
    return render(request, "dashboard/orders.html", context | _asks_again(pager))


@require_safe
@for_customers
def order(request: HttpRequest, customer: Customer, order_id: int) -> HttpResponse:
    """One order: figures, what was asked for, and its story."""
    found = get_object_or_404(own_orders(customer), pk=order_id)
    story = story_of(found)
    seen = _mark([found], len(story))
    if request.GET.get("seen") == seen:
        return HttpResponse(status=UNCHANGED)
    context = {"order": found, "line": lines([found])[0], "story": story, "seen": seen}
    context["inputs"] = _inputs(found)
    part = "parts/order" if "seen" in request.GET else "order"
    return render(request, f"dashboard/{part}.html", context)


def _inputs(found: Order) -> list[tuple[Any, str]]:
    """What was entered, under the names that the form showed."""
    asked = ORDER_TYPES[found.service.type].inputs
    return [(item.label, found.inputs[item.name]) for item in asked if item.name in found.inputs]


def own_orders(customer: Customer) -> QuerySet[Order]:
    return Order.objects.filter(customer=customer).select_related("service", "service__category")


def lines(rows: Sequence[Order]) -> list[Line]:
    """Each order with its wishes: three queries for any number."""
    ids, now = [row.pk for row in rows], timezone.now()
    refills = Refill.objects.filter(order_id__in=ids).values_list("order_id")
    asked = dict(refills.annotate(Max("created_at")).order_by())
    being_refilled = set(refills.filter(status__in=REFILL_OPEN).values_list("order_id", flat=True))
    cancels = CancelRequest.objects.filter(order_id__in=ids, status__in=CANCEL_OPEN)
    being_canceled = set(cancels.values_list("order_id", flat=True))
    return [
        Line(
            order=row,
            may_refill=_may_refill(row, asked.get(row.pk), now=now),
            may_cancel=_may_cancel(row) and row.pk not in being_canceled,
            wish=_wish(row.pk in being_refilled, row.pk in being_canceled),
        )
        for row in rows
    ]


def _may_refill(row: Order, asked_at: datetime | None, *, now: datetime) -> bool:
    """Whether the button would do something: orders.refilling decides when it is pressed."""
    if not row.service.refill or row.status not in REFILLABLE or row.closed_at is None:
        return False
    earliest = max(row.closed_at, asked_at or row.closed_at) + COOLDOWN
    return earliest <= now < row.closed_at + timedelta(days=row.service.refill_days)


def _may_cancel(row: Order) -> bool:
    """An order that was not sent yet comes back at once, whatever its service allows."""
    is_unsent = row.status == Status.PENDING and row.provider_id is not None
    return is_unsent or (row.service.cancel and row.status in OPEN)


def _wish(has_refill: bool, has_cancel: bool) -> str:
    return "refill" if has_refill else "cancel" if has_cancel else ""


def found_orders(customer: Customer, tab: str, words: str) -> QuerySet[Order]:
    """The orders under a tab that match what was searched for."""
    found = own_orders(customer)
    if tab in TABS and TABS[tab][1]:
        found = found.filter(status__in=TABS[tab][1])
    order_id = number_in(words.removeprefix("#"))
    if order_id is not None:
        return found.filter(pk=order_id)
    if words:
        text = words.replace("\0", "")[:LINK_WORD_MAX]
        found = found.filter(pk__in=_latest(customer), link__icontains=text)
    return found


def _latest(customer: Customer) -> QuerySet[Order, Any]:
    newest = Order.objects.filter(customer=customer).order_by("-pk")
    return newest.values("pk")[:COUNTED_MAX]


def _tabs(customer: Customer, chosen: str) -> list[Tab]:
    rows = Order.objects.filter(pk__in=_latest(customer)).order_by().values_list("status")
    counts = dict(rows.annotate(count=Count("pk")))
    return [
        Tab(code, title, sum(counts.get(s, 0) for s in states or counts), code == chosen)
        for code, (title, states) in TABS.items()
    ]


def _asks_again(pager: Pager[Order]) -> dict[str, bool]:
    return {"is_live": any(row.status in OPEN for row in pager.rows)}


def _mark(rows: Iterable[Order], *more: int) -> str:
    """What the reader saw, in short: the same mark means nothing to show again."""
    shown = [(r.pk, r.status, r.remains, r.start_count, str(r.refunded)) for r in rows]
    return hashlib.blake2b(repr((shown, more)).encode(), digest_size=8).hexdigest()
