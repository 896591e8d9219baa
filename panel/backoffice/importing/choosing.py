"""Which offers are to be sold: by category, by words, one by one."""

from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from orders.models import CatalogueImport, Category, Source
from orders.pricing import converted
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.importing.terms import ImportForm
from providers.models import Offer, Provider

PROVIDERS_MAX = 500
OFFERS_SHOWN = 200
CATEGORIES_SHOWN = 500
HEADINGS_MAX = 2_000
IMPORTS_SHOWN = 10
WORDS_MAX = 8


@require_safe
@staff_page(Right.CATALOGUE_CHANGE)
def begin(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Which provider to import from."""
    rows = Provider.objects.filter(is_active=True).annotate(
        listed=Count("offers", filter=Q(offers__is_gone=False))
    )
    context = {"providers": rows.only("id", "name", "last_sync_at")[:PROVIDERS_MAX]}
    return render(request, "backoffice/importing/begin.html", context)


@require_safe
@staff_page(Right.CATALOGUE_CHANGE)
def choose(request: HttpRequest, staff: Staff, provider_id: int) -> HttpResponse:
    """Categories and services that are not sold yet, found by words."""
    provider = get_object_or_404(Provider.objects.defer("api_key"), pk=provider_id)
    return show_choice(request, provider, ImportForm())


def show_choice(request: HttpRequest, provider: Provider, form: ImportForm) -> HttpResponse:
    """The page of the choice; with ``form`` as it was filled in."""
    free = _free(provider.pk)
    found = _with_words(free, request.GET.get("q", ""))
    listed = request.GET.get("listed", "").replace("\0", " ")
    offers = found.filter(category=listed) if listed else found
    by_category = found.order_by("category").values_list("category").annotate(count=Count("pk"))
    context = {
        "provider": provider,
        "form": form,
        "words": request.GET.get("q", ""),
        "listed": listed,
        "by_category": by_category[:CATEGORIES_SHOWN],
        "offers": [
            (offer, converted(offer.cost, provider.exchange_rate).quantize(Decimal("0.00001")))
            for offer in offers.order_by("category", "pk")[:OFFERS_SHOWN]
        ],
        "total": offers.count(),
        "shown_max": OFFERS_SHOWN,
        "headings": Category.objects.values_list("name", flat=True)[:HEADINGS_MAX],
        "imports": CatalogueImport.objects.filter(provider=provider)[:IMPORTS_SHOWN],
    }
    return render(request, "backoffice/importing/choose.html", context)


def _free(provider_id: int) -> QuerySet[Offer]:
    """Offers that could be sold and are not."""
    sold = Source.objects.filter(offer=OuterRef("pk"))
    return Offer.objects.filter(~Exists(sold), provider_id=provider_id, is_gone=False, held="")


def _with_words(found: QuerySet[Offer], words: str) -> QuerySet[Offer]:
    for word in words.replace("\0", " ").split()[:WORDS_MAX]:
        found = found.filter(
            Q(name__icontains=word) | Q(category__icontains=word) | Q(upstream_id=word)
        )
    return found
