"""The list of all orders, and the same list as a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from orders.models import Attempt, Order, Review
from orders.money import plain
from panel.backoffice import auditing, bulk
from panel.backoffice.access import Staff, staff_page
from panel.backoffice.actions import ACTIONS
from panel.backoffice.failures import said
from panel.backoffice.finding import ANY_QUESTION, COUNTED_MAX, LATEST_IDS_MAX, TABS, Search
from panel.backoffice.rights import Right
from panel.pager import by_key
from panel.spreadsheets import batches, streamed
from providers.models import Provider

ORDERS_SHOWN = 50
HEAD = (
    "Order", "Placed", "Status", "Customer", "Service", "Name", "Provider", "Id there", "Link",
    "Quantity", "Runs", "Start count", "Remains", "Charge", "Metered", "Refunded", "Origin",
)  # fmt: skip
HEAD_OF_FIGURES = ("Cost",)
FAILED = (Attempt.Outcome.REFUSED, Attempt.Outcome.SILENT, Attempt.Outcome.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Line:
    """An order; of one that no provider has, what was answered when it was last sent."""

    order: Order
    trouble: str = ""


@require_safe
@staff_page(Right.ORDERS)
def orders(request: HttpRequest, staff: Staff) -> HttpResponse:
    if "go" in request.GET:
        return _go_to(request.GET.get("q", ""))
    search = Search(request.GET.dict())
    found = search.listed().select_related("service", "provider", "customer")
    pager = by_key(found, request.GET, size=ORDERS_SHOWN)
    counts = search.counts()
    context = {
        "pager": pager,
        "lines": _lines(pager.rows),
        "search": search,
        "question": _question(search.question),
        "tabs": [(code, title, counts.get(code, 0)) for code, title in TABS.items()],
        "counted_max": COUNTED_MAX,
        "latest_ids_max": LATEST_IDS_MAX,
        "providers": Provider.objects.values_list("pk", "name"),
        "origins": Order.Origin.choices,
        "works": bulk.recent(staff),
        "actions": [a for a in ACTIONS.values() if a.in_bulk and staff.may(a.right)],
    }
    return render(request, "backoffice/orders.html", context)


def _go_to(words: str) -> HttpResponse:
    """To the one order that is meant; where none or several may be, to the list of them."""
    found = list(Search({"q": words}).orders().values_list("pk", flat=True)[:2]) if words else []
    if len(found) == 1:
        return redirect("staff_order", found[0])
    return redirect(f"{reverse('staff_orders')}?{urlencode({'q': words})}")


def _lines(rows: Sequence[Order]) -> list[Line]:
    homeless = [row.pk for row in rows if row.upstream_id is None]
    failed = Attempt.objects.filter(order__in=homeless, action="add", outcome__in=FAILED)
    last = failed.order_by("order_id", "-pk").distinct("order_id")
    troubles = {pk: said(answer) for pk, answer in last.values_list("order_id", "answer")}
    return [Line(row, troubles.get(row.pk, "")) for row in rows]


def _question(code: str) -> Any:
    """What the list is narrowed to, as people read it."""
    return Review.Reason(code).label if code not in ("", ANY_QUESTION) else ""


@require_safe
@staff_page(Right.EXPORT)
def orders_csv(request: HttpRequest, staff: Staff) -> StreamingHttpResponse:
    """What the list shows, as a file of any length, streamed; who took it is written down."""
    search = Search(request.GET.dict())
    auditing.record(
        request, staff, "order.export", subject="order", subject_id=0, new=request.GET.dict()
    )
    has_figures = staff.may(Right.FIGURES)
    head = HEAD + (HEAD_OF_FIGURES if has_figures else ())
    return streamed(head, _rows(search, has_figures=has_figures), name="orders.csv")


def _rows(search: Search, *, has_figures: bool) -> Iterator[list[Any]]:
    for batch in batches(search.orders().select_related("service", "provider")):
        for order in batch:
            yield _cells(order) + ([plain(order.cost)] if has_figures else [])


def _cells(order: Order) -> list[Any]:
    return [
        order.pk,
        order.created_at.isoformat(timespec="seconds"),
        order.status,
        order.customer_id,
        order.service_id,
        order.service.name,
        order.provider.name if order.provider else "",
        order.upstream_id or "",
        order.link,
        order.quantity,
        order.runs,
        "" if order.start_count is None else order.start_count,
        "" if order.remains is None else order.remains,
        plain(order.charge),
        plain(order.metered),
        plain(order.refunded),
        order.origin,
    ]
