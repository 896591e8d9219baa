"""The orders of a list as a file: any number of them at constant memory, safe for spreadsheets."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from orders.models import Customer, Order
from orders.money import plain
from panel.context import storefront_of
from panel.dashboard.access import for_customers
from panel.dashboard.orders import found_orders
from panel.spreadsheets import batches, streamed

HEAD = (
    "Order", "Date", "Service", "Name", "Link", "Quantity", "Runs", "Charge", "Refunded",
    "Currency", "Start count", "Remains", "Status", "Ended", "Through",
)  # fmt: skip


@require_safe
@for_customers
def orders_csv(request: HttpRequest, customer: Customer) -> StreamingHttpResponse:
    """What the list shows with the same tab and search, newest first."""
    tab, words = request.GET.get("status", ""), request.GET.get("q", "").strip()
    found = found_orders(customer, tab, words)
    return streamed(HEAD, _rows(found, storefront_of(request).currency), name="orders.csv")


def _rows(found: QuerySet[Order], currency: str) -> Iterator[list[Any]]:
    for batch in batches(found):
        for order in batch:
            yield _row(order, currency)


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
