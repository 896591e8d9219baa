"""What came in, newest first, and the same list as a file."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders.models import Payment, PaymentMethod
from orders.money import plain
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.payments.finding import COUNTED_MAX, MORE, TABS, Search
from panel.pager import by_key
from panel.spreadsheets import batches, streamed

PAYMENTS_SHOWN = 50
HEAD = (
    "Payment", "Opened", "Settled", "Status", "Customer", "Name", "Method", "Amount", "Currency",
    "Fee", "Bonus", "To pay", "Pay currency", "Exchange rate", "Taken back", "Disputed",
    "Reference", "Token", "Memo",
)  # fmt: skip


@require_safe
@staff_page(Right.PAYMENTS)
def payments(request: HttpRequest, staff: Staff) -> HttpResponse:
    search = Search(request.GET.dict())
    found = search.payments().select_related("customer", "method").defer("method__credentials")
    counts = search.counts()
    context = {
        "pager": by_key(found, request.GET, size=PAYMENTS_SHOWN),
        "search": search,
        "tabs": [(code, title, counts.get(code, 0)) for code, title in (TABS | MORE).items()],
        "counted_max": COUNTED_MAX,
        "methods": PaymentMethod.objects.values_list("pk", "title"),
    }
    return render(request, "backoffice/payments/list.html", context)


@require_safe
@staff_page(Right.EXPORT)
def payments_csv(request: HttpRequest, staff: Staff) -> StreamingHttpResponse:
    """What the list shows, as a file of any length; who took it is written down."""
    asked = request.GET.dict()
    auditing.record(request, staff, "payment.export", subject="payment", subject_id=0, new=asked)
    return streamed(HEAD, _rows(Search(asked)), name="payments.csv")


def _rows(search: Search) -> Iterator[list[Any]]:
    found = search.payments().select_related("customer", "method").defer("method__credentials")
    for batch in batches(found):
        yield from map(_cells, batch)


def _cells(payment: Payment) -> list[Any]:
    settled_at = payment.settled_at
    return [
        payment.pk,
        payment.created_at.isoformat(timespec="seconds"),
        settled_at.isoformat(timespec="seconds") if settled_at else "",
        payment.status,
        payment.customer_id,
        payment.customer.name,
        payment.method.title if payment.method else payment.gateway,
        plain(payment.amount),
        payment.currency,
        plain(payment.fee),
        plain(payment.bonus),
        plain(payment.pay_amount),
        payment.pay_currency,
        plain(payment.exchange_rate),
        plain(payment.taken_back),
        payment.is_disputed,
        payment.reference,
        payment.token,
        payment.memo,
    ]
