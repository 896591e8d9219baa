"""The price list of staff: by category, with sources, cost and margin."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from orders import catalogue
from orders.models import Category, Service, Source
from orders.money import RATE_PLACES
from orders.order_types import ORDER_TYPES
from orders.pricing import converted, margin_percent, rounded_up
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.services import finding
from panel.backoffice.services.finding import Wanted
from providers.models import Provider

PAGE_SIZE = 50
CATEGORIES_MAX = 2_000
PROVIDERS_MAX = 500

STATE_NAMES = {
    finding.ON: _("On sale"),
    finding.OFF: _("Switched off"),
    finding.UNAVAILABLE: _("Held back by the machine"),
    finding.MANUAL: _("Delivered by hand"),
}
REASONS = {
    "gone": _("No source lists it"),
    "type_changed": _("Its source changed the type"),
    "exchange_rate": _("Its cost cannot be converted"),
    "limits": _("The limits leave no quantity"),
    "rate": _("No rate can be made"),
    "margin": _("Its rate leaves too little"),
    "invalid": _("Unreadable at the provider"),
    "renumbered": _("Another service under its id"),
    "cost_held": _("Its cost jumped"),
}


@dataclass(frozen=True, slots=True)
class Supplied:
    """One source with its cost for 1000 in our money."""

    source: Source

    @property
    def cost(self) -> Decimal:
        offer = self.source.offer
        return converted(offer.cost, offer.provider.exchange_rate)

    @property
    def shown_cost(self) -> Decimal:
        return rounded_up(self.cost, places=RATE_PLACES)

    @property
    def is_usable(self) -> bool:
        offer = self.source.offer
        return self.source.is_active and not offer.is_gone and offer.provider.is_active


@dataclass(frozen=True, slots=True)
class Line:
    """A service as the list shows it; ``above`` and ``below`` are where it can be moved to."""

    service: Service
    supplies: list[Supplied]
    cost: Decimal | None
    opens_category: bool = False
    above: int | None = None
    below: int | None = None
    is_last: bool = False

    @property
    def margin(self) -> Decimal | None:
        return margin_of(self.service.rate, self.cost)

    @property
    def shown_cost(self) -> Decimal | None:
        return None if self.cost is None else rounded_up(self.cost, places=RATE_PLACES)

    @property
    def reason(self) -> Any:
        """Why the machine does not sell it."""
        word = self.service.unavailable
        return REASONS.get(word, word)


@require_safe
@staff_page(Right.CATALOGUE)
def services(request: HttpRequest, staff: Staff) -> HttpResponse:
    wanted = Wanted.read(request.GET)
    found = finding.matching(wanted)
    context = {
        "wanted": wanted,
        **_page(found, wanted),
        "total": _counted(found),
        "edited_max": catalogue.EDITED_MAX,
        "categories": Category.objects.only("id", "name")[:CATEGORIES_MAX],
        "providers": Provider.objects.only("id", "name")[:PROVIDERS_MAX],
        "types": list(ORDER_TYPES),
        "states": STATE_NAMES.items(),
    }
    return render(request, "backoffice/services/list.html", context)


def margin_of(rate: Decimal, cost: Decimal | None) -> Decimal | None:
    """Percent of the cost that remains on top of it; None when nothing is known of a cost."""
    return None if cost is None else margin_percent(rate, cost)


def supplies_of(service_ids: Sequence[int]) -> dict[int, list[Supplied]]:
    """The sources of each service by rank, in one query."""
    sources = (
        Source.objects.filter(service__in=service_ids)
        .select_related("offer__provider")
        .defer("offer__description", "offer__provider__api_key")
        .order_by("rank")
    )
    found: dict[int, list[Supplied]] = {}
    for source in sources:
        found.setdefault(source.service_id, []).append(Supplied(source))
    return found


def _page(found: QuerySet[Service], wanted: Wanted) -> dict[str, Any]:
    last = None
    if wanted.after is not None:
        last = Service.objects.select_related("category").filter(pk=wanted.after).first()
    if last is not None:
        found = found.filter(finding.behind(last))
    # Two more than are shown: the last ones, too, can be moved below the next.
    rows = list(found[: PAGE_SIZE + 2])
    following = rows[PAGE_SIZE - 1].pk if rows[PAGE_SIZE:] else None
    return {"lines": _lines(rows, last), "next": following}


def _lines(rows: list[Service], last: Service | None) -> list[Line]:
    supplies = supplies_of([row.pk for row in rows[:PAGE_SIZE]])
    lines, category_id = [], last.category_id if last else None
    for at, row in enumerate(rows[:PAGE_SIZE]):
        near = [rows[at - 1] if at else last, *_after(rows, at)]
        before, following, second = [
            one if one and one.category_id == row.category_id else None for one in near
        ]
        opens = row.category_id != category_id
        category_id = row.category_id
        line = Line(
            service=row,
            supplies=supplies.get(row.pk, []),
            cost=row.cost,  # type: ignore[attr-defined]
            opens_category=opens,
            above=before.pk if before else None,
            below=second.pk if second else None,
            is_last=following is None,
        )
        lines.append(line)
    return lines


def _after(rows: list[Service], at: int) -> list[Service | None]:
    """The next one and the one after it."""
    return [rows[place] if place < len(rows) else None for place in (at + 1, at + 2)]


def _counted(found: QuerySet[Service]) -> int:
    """How many there are, up to one more than can be edited at once."""
    return found.order_by()[: catalogue.EDITED_MAX + 1].count()
