"""The invoices that were written: found by number, customer, kind and year."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from orders import invoicing
from orders.models import Invoice, LostNumbers, PaperNumber
from orders.money import plain
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.billing.lost import by_end, lost_numbers, rows_before, rows_of
from panel.clock import database_now
from panel.dashboard.billing import paper
from panel.pager import by_key
from panel.papers.invoice import wording
from panel.spreadsheets import batches, streamed
from panel.storefront.services import number_in

INVOICES_SHOWN = 50
LOST_SHOWN = 20
FILE_HEAD = (
    "Number", "Kind", "Date", "Customer", "Name", "Company", "Country", "Tax number", "Payment",
    "Net", "Tax", "Tax percent", "Total", "Currency", "Note",
)  # fmt: skip


@require_safe
@staff_page(Right.PAYMENTS)
def invoices(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Newest first."""
    context = {
        "pager": by_key(found(request.GET), request.GET, size=INVOICES_SHOWN),
        "kinds": Invoice.Kind.choices,
        "lost": lost_numbers(request.GET).order_by("-pk")[:LOST_SHOWN],
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
    rows = _rows(found(request.GET), lost_numbers(request.GET))
    return streamed(FILE_HEAD, rows, name="invoices.csv")


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
    named = PaperNumber.read(words)
    if named is not None:
        return Invoice.objects.filter(kind=named.kind, year=named.year, number=named.number)
    customer = number_in(words)
    if customer is not None:
        return Invoice.objects.filter(customer=customer)
    return Invoice.objects.none() if words else Invoice.objects.all()


def _rows(papers: QuerySet[Invoice], lost: QuerySet[LostNumbers]) -> Iterator[list[Any]]:
    """Each number of a year is a paper's, or told as lost, at its place."""
    between = by_end(lost)
    for batch in batches(papers, newest_first=False):
        for paper_asked in batch:
            yield from rows_before(paper_asked, between)
            yield _row(paper_asked)
    yield from rows_of(between)


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
        "",
    ]
