"""The invoices that were written: found by number, customer, kind and year."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from orders import invoicing
from orders.models import Invoice
from orders.money import plain
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.clock import database_now
from panel.dashboard.billing import paper
from panel.pager import by_key
from panel.papers.invoice import wording
from panel.spreadsheets import batches, streamed
from panel.storefront.services import number_in

INVOICES_SHOWN = 50
FILE_HEAD = (
    "Number", "Kind", "Date", "Customer", "Name", "Company", "Country", "Tax number", "Payment",
    "Net", "Tax", "Tax percent", "Total", "Currency",
)  # fmt: skip
_LABEL = re.compile(r"([A-Za-z]{2,3})-([0-9]{4})-([0-9]{1,9})")
_KINDS = {prefix: kind for kind, prefix in Invoice.PREFIXES.items()}


@require_safe
@staff_page(Right.PAYMENTS)
def invoices(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Newest first."""
    context = {
        "pager": by_key(found(request.GET), request.GET, size=INVOICES_SHOWN),
        "kinds": Invoice.Kind.choices,
        "waiting": invoicing.unwritten(now=database_now()),
    }
    return render(request, "backoffice/billing/invoices.html", context)


@require_safe
@staff_page(Right.PAYMENTS)
def invoice(request: HttpRequest, staff: Staff, invoice_id: int) -> HttpResponse:
    paper_asked = get_object_or_404(Invoice, pk=invoice_id)
    others = Invoice.objects.filter(payment=paper_asked.payment_id).exclude(pk=invoice_id)
    context = {
        "invoice": paper_asked,
        "said": wording(paper_asked),
        "others": others.order_by("step"),
    }
    return render(request, "backoffice/billing/invoice.html", context)


@require_safe
@staff_page(Right.PAYMENTS)
def invoice_pdf(request: HttpRequest, staff: Staff, invoice_id: int) -> HttpResponseBase:
    return paper(get_object_or_404(Invoice, pk=invoice_id))


@require_safe
@staff_page(Right.EXPORT)
def invoices_csv(request: HttpRequest, staff: Staff) -> StreamingHttpResponse:
    """What the list shows, oldest first, for the tax adviser; who took it is written down."""
    asked = request.GET.dict()
    auditing.record(request, staff, "invoice.export", subject="invoice", subject_id=0, new=asked)
    return streamed(FILE_HEAD, _rows(found(request.GET)), name="invoices.csv")


def found(query: Mapping[str, str]) -> QuerySet[Invoice]:
    """Those that the filters of the address name, in no order yet."""
    papers = _named(query.get("q", "").strip())
    if query.get("kind") in Invoice.Kind.values:
        papers = papers.filter(kind=query["kind"])
    if "payment" in query:
        papers = papers.filter(payment=number_in(query["payment"]))
    year = number_in(query.get("year", ""))
    return papers if year is None else papers.filter(year=year)


def _named(words: str) -> QuerySet[Invoice]:
    """By a paper's number, or a customer's."""
    label = _LABEL.fullmatch(words)
    if label:
        kind = _KINDS.get(label[1].upper())
        return Invoice.objects.filter(kind=kind or "", year=int(label[2]), number=int(label[3]))
    customer = number_in(words)
    if customer is not None:
        return Invoice.objects.filter(customer=customer)
    return Invoice.objects.none() if words else Invoice.objects.all()


def _rows(papers: QuerySet[Invoice]) -> Iterator[list[Any]]:
    for batch in batches(papers, newest_first=False):
        yield from map(_row, batch)


def _row(row: Invoice) -> list[Any]:
    return [
        row.label,
        row.get_kind_display(),
        row.issued_at.date().isoformat(),
        row.customer_id,
        row.buyer["name"],
        row.buyer["company"],
        row.buyer["country"],
        row.buyer["tax_number"],
        row.payment_id,
        plain(row.net),
        plain(row.tax),
        plain(row.tax_percent),
        plain(row.gross),
        row.currency,
    ]
