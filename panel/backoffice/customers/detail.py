"""One customer: what they hold and did, and the forms for what is agreed with them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from orders.models import Customer, LedgerEntry, Order
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.customers import figures
from panel.backoffice.customers.forms import FundsForm, OwnRateForm, TermsForm
from panel.backoffice.customers.waiting import waiting_about
from panel.backoffice.payments.freezing import frozen_by_payments
from panel.pager import by_key

ENTRIES_SHOWN = 25
ORDERS_SHOWN = 20
RATES_SHOWN = 200


@require_safe
@staff_page(Right.CUSTOMERS)
def customer(request: HttpRequest, staff: Staff, customer_id: int) -> HttpResponse:
    return show(request, staff, customer_id)


def show(request: HttpRequest, staff: Staff, customer_id: int, **filled: Any) -> HttpResponse:
    """The page; ``filled`` are forms by their name in the page, to be looked at again."""
    found = get_object_or_404(Customer, pk=customer_id)
    entries = LedgerEntry.objects.filter(customer=found)
    orders = Order.objects.filter(customer=found).select_related("service").order_by("-pk")
    rates = found.own_rates.select_related("service").order_by("service_id")
    forms = {
        "funds_form": FundsForm(),
        "terms_form": TermsForm(found),
        "rate_form": OwnRateForm(),
    }
    context = {
        "line": figures.lines([found])[0],
        "buyer": found,
        "frozen": frozen_by_payments(found),
        "pager": by_key(entries, request.GET, field="number", size=ENTRIES_SHOWN),
        "orders": orders[:ORDERS_SHOWN],
        "own_rates": rates[:RATES_SHOWN],
        "statuses": Customer.Status.choices,
        "waiting": waiting_about(found, staff, now=timezone.now()),
        **(forms | filled),
    }
    return render(request, "backoffice/customers/detail.html", context)
