"""The customers of a list as a file: any number at constant memory, safe for spreadsheets."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from orders.models import Customer
from orders.money import plain
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.customers import figures
from panel.backoffice.customers.figures import Line
from panel.backoffice.customers.listing import found
from panel.context import storefront_of
from panel.spreadsheets import batches, streamed

HEAD = (
    "Customer", "Name", "E-mail", "Status", "Balance", "Spent", "Currency", "Orders", "Discount",
    "Own rates", "Country", "Group", "Created", "Last seen",
)  # fmt: skip


@require_safe
@staff_page(Right.EXPORT)
def customers_csv(request: HttpRequest, staff: Staff) -> StreamingHttpResponse:
    """What the list shows with the same filters, newest first; who took it is written down."""
    asked = request.GET.dict()
    auditing.record(request, staff, "customer.export", subject="customer", subject_id=0, new=asked)
    rows = _rows(found(request.GET), storefront_of(request).currency)
    return streamed(HEAD, rows, name="customers.csv")


def _rows(customers: QuerySet[Customer], currency: str) -> Iterator[list[Any]]:
    for batch in batches(customers):
        for line in figures.lines(batch):
            yield _row(line, currency)


def _row(line: Line, currency: str) -> list[Any]:
    customer = line.customer
    return [
        customer.pk,
        customer.name,
        line.email,
        customer.get_status_display(),
        plain(customer.balance),
        plain(line.spent),
        currency,
        f"{line.shown_orders}+" if line.has_more_orders else line.orders,
        plain(customer.discount),
        line.own_rates,
        customer.country,
        customer.group,
        customer.created_at.isoformat(timespec="seconds"),
        line.seen_at.isoformat(timespec="seconds") if line.seen_at else "",
    ]
