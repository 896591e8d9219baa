"""The public price list and the page of one service."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from orders.models import CatalogueChange, Category, Customer, Service
from orders.order_types import ORDER_TYPES
from panel import shelves
from panel.marks import marks
from panel.storefront.history import price_history

CHANGES_SHOWN = 10
CATEGORIES_MAX = 1_000
DIGITS_MAX = 15


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for, as their address line says it."""

    words: str
    category_id: int | None
    after: int | None

    @property
    def is_plain(self) -> bool:
        return not self.words and self.category_id is None


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """The list, or with htmx only the part of it that changed."""
    wanted = read_wanted(request)
    customer = reader_of(request)
    shelf = shelves.shelf(
        words=wanted.words, category_id=wanted.category_id, after=wanted.after, customer=customer
    )
    context = {"shelf": shelf, "wanted": wanted, "categories": categories()}
    part = _part(request, wanted)
    return render(request, f"storefront/{part}.html", context)


@require_safe
def service(request: HttpRequest, service_id: int) -> HttpResponse:
    """One service: description, measured times, what changed lately."""
    found = get_object_or_404(shelves.for_sale(), pk=service_id)
    reader = reader_of(request)
    context = {
        "service": found,
        "type": ORDER_TYPES[found.type],
        "rate": shelves.rate_for(found, reader),
        "measured": shelves.measured([found.pk]).get(found.pk),
        "changes": CatalogueChange.objects.filter(service=found)[:CHANGES_SHOWN],
        "history": price_history(found, now=timezone.now()),
        "neighbours": _neighbours(found),
        "is_marked": reader is not None,
    } | marks(found.pk, reader)
    return render(request, "storefront/service.html", context)


def read_wanted(request: HttpRequest) -> Wanted:
    return Wanted(
        request.GET.get("q", "").strip(),
        number_in(request.GET.get("category", "")),
        number_in(request.GET.get("after", "")),
    )


def number_in(text: str) -> int | None:
    """An id as it stands in an address; None for anything else."""
    usable = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    return int(text) if usable else None


def categories() -> list[Category]:
    """Those that have something for sale."""
    filled = shelves.for_sale().order_by().values("category_id")
    return list(Category.objects.filter(pk__in=filled).only("id", "name")[:CATEGORIES_MAX])


def reader_of(request: HttpRequest) -> Customer | None:
    """The customer who reads, so that they see their own rates."""
    return request.user.customer if request.user.is_authenticated else None


def _part(request: HttpRequest, wanted: Wanted) -> str:
    if not request.htmx or request.htmx.history_restore_request:  # type: ignore[attr-defined]
        return "services"
    return "parts/lines" if wanted.after else "parts/list"


def _neighbours(service: Service) -> list[Service]:
    same = shelves.for_sale().filter(category_id=service.category_id).exclude(pk=service.pk)
    return list(same[:5])
