"""What every page knows: the operator's brand, asked for once and only if it is used."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language_bidi

from orders.models import Customer
from panel.models import Page, Storefront

FOOTER_PAGES_MAX = 12


def brand(request: HttpRequest) -> dict[str, Any]:
    """``brand``, ``footer_pages``, ``customer``, ``is_rtl``; no query before first use."""
    return {
        "brand": SimpleLazyObject(lambda: storefront_of(request)),
        "footer_pages": SimpleLazyObject(_footer_pages),
        "is_rtl": get_language_bidi(),
        "customer": SimpleLazyObject(lambda: _customer_of(request)),
    }


def storefront_of(request: HttpRequest) -> Storefront:
    """The brand, read once for each request."""
    if not hasattr(request, "_storefront"):
        request._storefront = Storefront.current()  # type: ignore[attr-defined]
    found: Storefront = request._storefront  # type: ignore[attr-defined]
    return found


def _footer_pages() -> list[Page]:
    return list(Page.objects.filter(is_published=True).only("slug", "title")[:FOOTER_PAGES_MAX])


def _customer_of(request: HttpRequest) -> Customer | None:
    return request.user.customer if request.user.is_authenticated else None
