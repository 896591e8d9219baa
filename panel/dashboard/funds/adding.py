"""Add funds: the ways to pay, what is paid and what is credited, and the beginning of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from orders import payments
from orders.models import Customer, Payment, PaymentMethod
from panel.clock import database_now
from panel.context import storefront_of
from panel.dashboard.access import for_customers
from panel.dashboard.funds import quoting
from panel.dashboard.funds.forms import FundsForm, VoucherForm
from panel.dashboard.funds.ways import way_of, ways
from panel.dashboard.pace import OPENINGS_PER_MINUTE, paced
from panel.gateways.protocol import GatewayFailed
from panel.gateways.registry import gateway_of
from panel.pager import by_key
from panel.paying import starting

PAYMENTS_SHOWN = 10
AMOUNT_START = "25"


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def funds(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """The page itself, and with POST the beginning of a payment."""
    return _opened(request, customer) if request.method == "POST" else show(request, customer)


@paced(OPENINGS_PER_MINUTE)
def _opened(request: HttpRequest, customer: Customer) -> HttpResponse:
    form = FundsForm(request.POST)
    if not form.is_valid():
        return show(request, customer, form)
    method = way_of(customer, form.cleaned_data["method"])
    if method is None:
        form.add_error("method", _("This way to pay is not offered any more."))
        return show(request, customer, form)
    try:
        payment = _begin(request, customer, method, form.cleaned_data)
    except payments.CodeRefused as refusal:
        form.add_error("code", str(refusal))
    except payments.PaymentRefused as refusal:
        form.add_error("amount", str(refusal))
    except GatewayFailed:
        form.add_error("method", _("This does not work at the moment. Please pay another way."))
    else:
        return redirect(f"{reverse('payment', args=[payment.token])}?leave=1")
    return show(request, customer, form)


@require_POST
@for_customers
def funds_quote(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What would be paid and credited with what is entered so far."""
    context = quoting.quoted(request, customer, FundsForm(request.POST))
    return render(request, "dashboard/parts/funds_quote.html", context)


def payer_of(request: HttpRequest) -> starting.Payer:
    """Who is logged in, as a gateway may know them."""
    email = request.user.email if request.user.is_authenticated else ""
    return starting.Payer(email, get_language() or "", storefront_of(request).name)


def show(
    request: HttpRequest,
    customer: Customer,
    form: FundsForm | None = None,
    voucher_form: VoucherForm | None = None,
) -> HttpResponse:
    """The page; with a form that has to be looked at again."""
    found = ways(customer, storefront_of(request).currency)
    asked = str(form["method"].value()) if form else ""
    paid = Payment.objects.filter(customer=customer).select_related("method")
    context: dict[str, Any] = {
        "form": form or FundsForm(initial={"amount": AMOUNT_START}),
        "voucher_form": voucher_form or VoucherForm(),
        "ways": found,
        "chosen": asked or (str(found[0].method.pk) if found else ""),
        "pager": by_key(paid.defer("method__credentials"), request.GET, size=PAYMENTS_SHOWN),
    }
    return render(request, "dashboard/funds.html", context)


def _begin(
    request: HttpRequest, customer: Customer, method: PaymentMethod, given: dict[str, Any]
) -> Payment:
    """Open a payment and tell its gateway. The same form again goes on with the same payment.

    Raises PaymentRefused, CodeRefused, or GatewayFailed when the gateway will not take it; then
    nothing is open. A gateway that does not answer is told again from the payment's page.
    """
    payment = payments.open_for(
        customer,
        method,
        given["amount"],
        currency=storefront_of(request).currency,
        token=given["token"],
        now=database_now(),
        promo_code=given["code"],
        step=gateway_of(method).step(method.currency),
    )
    try:
        starting.tell(payment.pk, payer_of(request))
    except GatewayFailed as failure:
        if failure.is_refusal:
            payments.withdraw(payment.pk, customer_id=customer.pk)
            raise
        messages.warning(request, _("The gateway did not answer. Nothing was charged."))
    return payment
