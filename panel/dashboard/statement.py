"""The statement: every movement of a customer's balance, on the page, as CSV and on paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders.models import Customer, LedgerEntry
from orders.models.ledger import Kind
from orders.money import plain
from panel.context import storefront_of
from panel.dashboard.access import for_customers
from panel.dashboard.pace import STATEMENTS_PER_MINUTE, paced
from panel.pager import by_key
from panel.papers.statement import Asked, statement_paper
from panel.spreadsheets import batches, streamed

PAGE_ROWS = 50
PAPER_ROWS_MAX = 2_000
YEARS = (2000, 2100)
FILE_HEAD = ("Number", "Date", "Kind", "Order", "Amount", "Balance", "Currency", "Reason")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which movements are asked for; what cannot be read is as if it were not there."""

    kind: str
    since: date | None
    until: date | None

    @classmethod
    def of(cls, request: HttpRequest) -> "Filters":
        kind = request.GET.get("kind", "")
        return cls(kind if kind in Kind.values else "", _day(request, "from"), _day(request, "to"))

    @property
    def query(self) -> str:
        """For links to the same movements in another form; "" or begins with ``?``."""
        pairs = {"kind": self.kind, "from": self.since or "", "to": self.until or ""}
        given = {name: str(value) for name, value in pairs.items() if value}
        return f"?{urlencode(given)}" if given else ""

    def entries(self, customer: Customer) -> QuerySet[LedgerEntry]:
        """Days are those of the reader's time zone, the last one included."""
        found = LedgerEntry.objects.filter(customer=customer)
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.since:
            found = found.filter(created_at__gte=_midnight(self.since))
        if self.until:
            found = found.filter(created_at__lt=_midnight(self.until + timedelta(days=1)))
        return found


@require_safe
@for_customers
def statement(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Every movement with the balance after it, newest first."""
    filters = Filters.of(request)
    context = {
        "pager": by_key(filters.entries(customer), request.GET, field="number", size=PAGE_ROWS),
        "filters": filters,
        "kinds": Kind.choices,
    }
    return render(request, "dashboard/statement.html", context)


@require_safe
@for_customers
def statement_csv(request: HttpRequest, customer: Customer) -> StreamingHttpResponse:
    """The same as a file, oldest first, streamed: any length at constant memory."""
    entries, currency = Filters.of(request).entries(customer), storefront_of(request).currency
    return streamed(FILE_HEAD, _csv_rows(entries, currency), name="statement.csv")


@require_safe
@for_customers
@paced(STATEMENTS_PER_MINUTE)
def statement_pdf(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """The same on paper, oldest first; more than PAPER_ROWS_MAX movements are refused."""
    filters, now = Filters.of(request), timezone.now()
    entries = list(filters.entries(customer).order_by("number")[: PAPER_ROWS_MAX + 1])
    if len(entries) > PAPER_ROWS_MAX:
        text = _("A paper holds %s movements: please choose a shorter time, or take the CSV file.")
        messages.warning(request, text % number_format(PAPER_ROWS_MAX, force_grouping=True))
        return redirect(reverse("statement") + filters.query)
    asked = _asked(request, customer, filters)
    paper = statement_paper(entries, asked, now=now)
    answer = StreamingHttpResponse(paper, content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="statement.pdf"'
    return answer


def _asked(request: HttpRequest, customer: Customer, filters: Filters) -> Asked:
    brand = storefront_of(request)
    return Asked(
        customer=customer.name,
        issuer=brand.name,
        currency=brand.currency,
        kind=str(Kind(filters.kind).label) if filters.kind else "",
        since=filters.since,
        until=filters.until,
    )


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        day = parse_date(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if day and YEARS[0] <= day.year <= YEARS[1] else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _csv_rows(entries: QuerySet[LedgerEntry], currency: str) -> Iterator[list[Any]]:
    for batch in batches(entries, field="number", newest_first=False):
        for entry in batch:
            yield _csv_row(entry, currency)


def _csv_row(entry: LedgerEntry, currency: str) -> list[Any]:
    return [
        entry.number,
        entry.created_at.isoformat(timespec="seconds"),
        entry.get_kind_display(),
        entry.order_id or "",
        plain(entry.amount),
        plain(entry.balance_after),
        currency,
        entry.reason,
    ]
