"""Money of a customer: adding funds, and the statement of every movement."""

import uuid
from collections.abc import Iterator
from typing import Any

from defusedcsv import csv
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import payments
from orders.models import Customer, LedgerEntry
from orders.models.ledger import Kind
from orders.money import plain
from panel.context import storefront_of
from panel.dashboard.access import for_customers
from panel.forms import FundsForm
from panel.pager import by_key

DEMO_GATEWAY = "demo"
PAYMENTS_SHOWN = 10
STATEMENT_PAGE = 50
EXPORT_BATCH = 2_000
EXPORT_HEAD = ("Number", "Date", "Kind", "Order", "Amount", "Balance", "Currency", "Reason")


@require_safe
@for_customers
def funds(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The ways to pay in, and the latest payments."""
    return _show_funds(request, customer, FundsForm(initial={"amount": "25"}))


@require_POST
@for_customers
def demo_payment(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Credit at once, without money: there is no such address outside of a trial."""
    if not settings.DEMO_PAYMENTS:
        raise Http404
    form = FundsForm(request.POST)
    if not form.is_valid():
        return _show_funds(request, customer, form)
    amount, currency = form.cleaned_data["amount"], storefront_of(request).currency
    try:
        opened = payments.open_payment(
            customer,
            gateway=DEMO_GATEWAY,
            reference=str(uuid.uuid4()),
            amount=amount,
            currency=currency,
        )
        payments.settle(opened.pk, amount=amount, currency=currency, now=timezone.now())
    except payments.PaymentRefused as refusal:
        form.add_error("amount", str(refusal))
        return _show_funds(request, customer, form)
    messages.success(request, _("Your balance was topped up."))
    return redirect("funds")


@require_safe
@for_customers
def statement(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Every movement with the balance after it, newest first."""
    kind = _kind(request)
    pager = by_key(_entries(customer, kind), request.GET, field="number", size=STATEMENT_PAGE)
    context = {"pager": pager, "kind": kind, "kinds": Kind.choices}
    return render(request, "dashboard/statement.html", context)


@require_safe
@for_customers
def statement_csv(request: HttpRequest, customer: Customer) -> StreamingHttpResponse:
    """The same as a file, oldest first, streamed: any length at constant memory."""
    entries, currency = _entries(customer, _kind(request)), storefront_of(request).currency
    rows = _csv_lines(entries, currency)
    answer = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="statement.csv"'
    return answer


def _show_funds(request: HttpRequest, customer: Customer, form: FundsForm) -> HttpResponse:
    context = {
        "form": form,
        "has_demo": settings.DEMO_PAYMENTS,
        "payments": customer.payments.all()[:PAYMENTS_SHOWN],
    }
    return render(request, "dashboard/funds.html", context)


def _kind(request: HttpRequest) -> str:
    asked = request.GET.get("kind", "")
    return asked if asked in Kind.values else ""


def _entries(customer: Customer, kind: str) -> QuerySet[LedgerEntry]:
    entries = LedgerEntry.objects.filter(customer=customer)
    return entries.filter(kind=kind) if kind else entries


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(entries: QuerySet[LedgerEntry], currency: str) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(EXPORT_HEAD)
    number = 0
    while batch := list(entries.filter(number__gt=number).order_by("number")[:EXPORT_BATCH]):
        for entry in batch:
            yield writer.writerow(_csv_row(entry, currency))
        number = batch[-1].number


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
