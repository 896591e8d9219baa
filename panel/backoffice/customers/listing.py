"""The customers, found by number, name, address, standing and what they spent."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from orders.models import Customer, LedgerEntry
from orders.money import ZERO
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.customers import figures
from panel.models import User
from panel.pager import by_key

CUSTOMERS_SHOWN = 50
WORDS_MAX = 100
DIGITS_MAX = 15
AMOUNT_MAX = Decimal(10) ** 15
BALANCES = {
    "some": (_("Holds funds"), Q(balance__gt=0)),
    "none": (_("Holds nothing"), Q(balance=0)),
    "debt": (_("Below zero"), Q(balance__lt=0)),
}


@require_safe
@staff_page(Right.CUSTOMERS)
def customers(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Newest first."""
    pager = by_key(found(request.GET), request.GET, size=CUSTOMERS_SHOWN)
    context = {
        "pager": pager,
        "lines": figures.lines(pager.rows),
        "statuses": Customer.Status.choices,
        "balances": [(code, title) for code, (title, _condition) in BALANCES.items()],
    }
    return render(request, "backoffice/customers/list.html", context)


def found(query: Mapping[str, str]) -> QuerySet[Customer]:
    """Those that the filters of the address name, in no order yet."""
    customers = _with_words(query.get("q", "").replace("\0", "").strip()[:WORDS_MAX])
    if query.get("status") in Customer.Status.values:
        customers = customers.filter(status=query["status"])
    if query.get("balance") in BALANCES:
        customers = customers.filter(BALANCES[query["balance"]][1])
    least = _amount(query.get("spent", ""))
    if least is not None:
        customers = customers.filter(pk__in=_who_spent(least))
    return customers


def _with_words(words: str) -> QuerySet[Customer]:
    if not words:
        return Customer.objects.all()
    match = Q(name__icontains=words)
    match |= Q(pk__in=User.objects.filter(email__icontains=words).values("customer_id"))
    if words.isascii() and words.isdigit() and len(words) <= DIGITS_MAX:
        match |= Q(pk=int(words))
    return Customer.objects.filter(match)


def _who_spent(least: Decimal) -> QuerySet[Customer]:
    money = DecimalField(max_digits=30, decimal_places=8)
    came = LedgerEntry.objects.filter(customer=OuterRef("pk"), order__isnull=True).order_by()
    total = came.values("customer").annotate(total=Sum("amount")).values("total")
    came_in = Coalesce(Subquery(total, output_field=money), Value(ZERO, output_field=money))
    spent = Customer.objects.annotate(came_in=came_in)
    return spent.filter(came_in__gte=F("balance") + Value(least, output_field=money)).only("pk")


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < AMOUNT_MAX else None
