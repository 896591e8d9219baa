"""The orders of a list as a file: any number of them at constant memory, safe for spreadsheets."""

from collections.abc import Iterator
from typing import Any

from defusedcsv import csv
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from orders.models import Customer, Order
from orders.money import plain
from panel.context import storefront_of
from panel.dashboard.access import for_customers
from panel.dashboard.orders import found_orders

BATCH = 2_000
HEAD = (
    "Order", "Date", "Service", "Name", "Link", "Quantity", "Runs", "Charge", "Refunded",
    "Currency", "Start count", "Remains", "Status", "Ended", "Through",
)  # fmt: skip


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


@require_safe
@for_customers
def orders_csv(request: HttpRequest, customer: Customer) -> StreamingHttpResponse:
    """What the list shows with the same tab and search, newest first."""
    tab, words = request.GET.get("status", ""), request.GET.get("q", "").strip()
    found = found_orders(customer, tab, words)
    rows = _lines(found, storefront_of(request).currency)
    answer = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return answer


def _lines(found: QuerySet[Order], currency: str) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(HEAD)
    newest_first = found.order_by("-pk")
    batch = list(newest_first[:BATCH])
    while batch:
        for order in batch:
            yield writer.writerow(_row(order, currency))
        batch = list(newest_first.filter(pk__lt=batch[-1].pk)[:BATCH])


def _row(order: Order, currency: str) -> list[Any]:
    return [
        order.pk,
        order.created_at.isoformat(timespec="seconds"),
        order.service_id,
        order.service.name,
        order.link,
        order.quantity,
        order.runs,
        plain(order.charge + order.metered),
        plain(order.refunded),
        currency,
        _number(order.start_count),
        _number(order.remains),
        order.word,
        order.closed_at.isoformat(timespec="seconds") if order.closed_at else "",
        order.get_origin_display(),
    ]


def _number(value: int | None) -> int | str:
    return "" if value is None else value
