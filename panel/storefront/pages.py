"""Home, the operator's texts, and what machines ask for (sitemap, manifest, icons)."""

from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from orders.models import Category, Order
from panel import shelves
from panel.context import storefront_of
from panel.models import News, Page, Question, Storefront
from panel.pager import by_key
from panel.storefront.services import reader_of

HOME_SERVICES = 6
HOME_QUESTIONS = 4
NEWS_SHOWN = 20
SITEMAP_MAX = 20_000
FIGURES_KEPT_S = 60
ORDERS_COUNTED_MAX = 100_000
LOGO_KEPT_S = 3_600
COLOURS = {
    "blue": "#0663bb",
    "indigo": "#4263eb",
    "purple": "#9c36b5",
    "pink": "#c2255c",
    "red": "#c92a2a",
    "orange": "#c2410c",
    "green": "#15803d",
    "teal": "#0f766e",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Who sells here, what, and how it works."""
    context = {
        "figures": cache.get_or_set("home-figures", _figures, FIGURES_KEPT_S) or _figures(),
        "lines": shelves.samples(HOME_SERVICES, customer=reader_of(request)),
        "questions": Question.objects.filter(is_published=True)[:HOME_QUESTIONS],
    }
    return render(request, "storefront/home.html", context)


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    found = Question.objects.filter(is_published=True)
    return render(request, "storefront/questions.html", {"questions": found})


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    pager = by_key(News.objects.filter(is_published=True), request.GET, size=NEWS_SHOWN)
    return render(request, "storefront/news.html", {"pager": pager})


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Page, slug=slug, is_published=True)
    return render(request, "storefront/page.html", {"page": found})


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every public address, for search engines."""
    names = ("home", "services", "api_docs", "questions", "news")
    paths = [reverse(name) for name in names]
    texts = Page.objects.filter(is_published=True)
    paths += [reverse("page", args=[slug]) for slug in texts.values_list("slug", flat=True)]
    ids = shelves.for_sale().values_list("pk", flat=True)[:SITEMAP_MAX]
    paths += [reverse("service", args=[pk]) for pk in ids]
    addresses = [request.build_absolute_uri(path) for path in paths]
    context = {"addresses": addresses}
    return render(request, "storefront/sitemap.xml", context, content_type="application/xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", "Disallow: /dashboard/", "Disallow: /account/"]
    lines += [f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to install the dashboard like an app."""
    brand = storefront_of(request)
    icon = {"src": reverse("favicon"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    big = {"src": static("img/icon-512.png"), "sizes": "512x512", "type": "image/png"}
    content: dict[str, Any] = {
        "name": brand.name,
        "short_name": brand.name[:12],
        "start_url": reverse("new_order"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": COLOURS[brand.colour],
        "icons": [icon, big],
    }
    return JsonResponse(content, content_type="application/manifest+json")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """The brand's initial on its colour."""
    brand = storefront_of(request)
    context = {"letter": brand.name[:1].upper(), "colour": COLOURS[brand.colour]}
    answer = render(request, "storefront/favicon.svg", context, content_type="image/svg+xml")
    patch_cache_control(answer, public=True, max_age=LOGO_KEPT_S)
    return answer


@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    """The operator's own logo; 404 without one."""
    brand = Storefront.objects.only("logo", "logo_type").filter(pk=1).first()
    if brand is None or not brand.logo:
        raise Http404
    answer = HttpResponse(bytes(brand.logo), content_type=brand.logo_type)
    patch_cache_control(answer, public=True, max_age=LOGO_KEPT_S)
    return answer


def _figures() -> dict[str, int]:
    orders = Order.objects.values("pk")[:ORDERS_COUNTED_MAX].count()
    return {
        "services": shelves.for_sale().count(),
        "categories": Category.objects.filter(is_active=True).count(),
        "orders": orders,
        "has_more_orders": orders == ORDERS_COUNTED_MAX,
    }
