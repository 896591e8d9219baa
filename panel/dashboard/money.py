"""Money of a customer: adding funds."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import payments
from orders.models import Customer
from panel.context import storefront_of
from panel.dashboard.access import for_customers
from panel.forms import FundsForm

DEMO_GATEWAY = "demo"
PAYMENTS_SHOWN = 10


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


def _show_funds(request: HttpRequest, customer: Customer, form: FundsForm) -> HttpResponse:
    context = {
        "form": form,
        "has_demo": settings.DEMO_PAYMENTS,
        "payments": customer.payments.all()[:PAYMENTS_SHOWN],
    }
    return render(request, "dashboard/funds.html", context)
