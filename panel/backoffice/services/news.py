"""What the lists of providers did to the shop since yesterday, and what of it needs a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders.models import CatalogueSync
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.services import finding
from panel.backoffice.services.finding import ON, Wanted
from panel.clock import database_now
from providers.models import Offer

LATELY = timedelta(days=1)
SYNCS_READ = 100
LINES_MAX = 5
MOVED = ("repriced", "services_unavailable")
NOT_TAKEN = (CatalogueSync.Outcome.REFUSED, CatalogueSync.Outcome.FAILED)
NO_MARGIN = Wanted(state=ON, margin_below=Decimal(0))


@dataclass(frozen=True, slots=True)
class Moved:
    """A reading that moved rates, or took services off sale."""

    sync: CatalogueSync

    @property
    def repriced(self) -> int:
        return int(self.sync.counts.get("repriced", 0))

    @property
    def off_sale(self) -> int:
        return int(self.sync.counts.get("services_unavailable", 0))


@require_safe
@staff_page(Right.CATALOGUE)
def news(request: HttpRequest, staff: Staff) -> HttpResponse:
    """A part of the overview, asked for when that is there."""
    context = {
        "at_a_loss": finding.matching(NO_MARGIN).order_by().count(),
        "held": _held(),
        "not_taken": _not_taken(),
        "moved": _moved(since=database_now() - LATELY),
    }
    return render(request, "backoffice/parts/news.html", context)


def _held() -> list[Any]:
    """By provider: offers that changed so much that they wait for a person."""
    waiting = Offer.objects.exclude(held="").filter(provider__is_active=True)
    rows = waiting.values("provider_id", "provider__name").annotate(count=Count("pk"))
    return list(rows.order_by("-count", "provider_id")[:LINES_MAX])


def _not_taken() -> list[CatalogueSync]:
    """Providers whose latest list was not believed, or could not be read."""
    readings = CatalogueSync.objects.filter(provider__is_active=True)
    latest = readings.order_by("provider_id", "-pk").distinct("provider_id").values("pk")
    found = CatalogueSync.objects.filter(pk__in=latest, outcome__in=NOT_TAKEN)
    return list(_light(found)[:LINES_MAX])


def _moved(*, since: datetime) -> list[Moved]:
    applied = CatalogueSync.objects.filter(at__gte=since, outcome=CatalogueSync.Outcome.APPLIED)
    read = _light(applied.order_by("-pk"))[:SYNCS_READ]
    moved = [Moved(sync) for sync in read if any(sync.counts.get(name) for name in MOVED)]
    return moved[:LINES_MAX]


def _light(found: Any) -> Any:
    """Without the lists that they keep."""
    return found.select_related("provider").only("at", "outcome", "counts", "provider__name")
