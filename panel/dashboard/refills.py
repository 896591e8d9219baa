"""Refills: what was asked for, for which order, and what became of it."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from orders.lifecycle import REFILL_OPEN, REFILL_WORDS, RefillStatus
from orders.models import Customer, Refill
from panel.dashboard.access import for_customers
from panel.dashboard.orders import COUNTED_MAX, UNCHANGED, Tab
from panel.pager import by_key

PENDING = tuple(status for status, word in REFILL_WORDS.items() if word == "Pending")
TABS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("All"), ()),
    "pending": (_("Pending"), PENDING),
    "in-progress": (_("In progress"), (RefillStatus.IN_PROGRESS,)),
    "completed": (_("Completed"), (RefillStatus.COMPLETED,)),
    "rejected": (_("Rejected"), (RefillStatus.REJECTED,)),
}


@require_safe
@for_customers
def refills(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The list. Its rows ask for themselves again while a refill is under way."""
    chosen = request.GET.get("status", "")
    chosen = chosen if chosen in TABS else ""
    found = Refill.objects.filter(customer=customer).select_related("order__service")
    wanted = found.filter(status__in=TABS[chosen][1]) if chosen else found
    pager = by_key(wanted, request.GET)
    seen = _mark(pager.rows)
    if request.GET.get("seen") == seen:
        return HttpResponse(status=UNCHANGED)
    is_live = any(refill.status in REFILL_OPEN for refill in pager.rows)
    context = {"pager": pager, "seen": seen, "is_live": is_live}
    if "seen" in request.GET:
        return render(request, "dashboard/parts/refills.html", context)
    context |= {"tabs": _tabs(found, chosen), "tab": chosen, "counted_max": COUNTED_MAX}
    return render(request, "dashboard/refills.html", context)


def _tabs(found: QuerySet[Refill], chosen: str) -> list[Tab]:
    latest = found.select_related(None).order_by("-pk").values("pk")[:COUNTED_MAX]
    by_status = Refill.objects.filter(pk__in=latest).order_by().values_list("status")
    counts = dict(by_status.annotate(count=Count("pk")))
    return [
        Tab(code, title, sum(counts.get(s, 0) for s in states or counts), code == chosen)
        for code, (title, states) in TABS.items()
    ]


def _mark(rows: Iterable[Refill]) -> str:
    """What the reader saw, in short: the same mark means nothing to show again."""
    shown = [(row.pk, row.status) for row in rows]
    return hashlib.blake2b(repr(shown).encode(), digest_size=8).hexdigest()
