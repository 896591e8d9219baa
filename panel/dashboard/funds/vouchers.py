"""Vouchers: a code becomes balance, once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders.models import Customer
from orders.payments import CodeRefused, vouchers
from panel.clock import database_now
from panel.context import storefront_of
from panel.dashboard.access import for_customers
from panel.dashboard.funds.adding import show
from panel.dashboard.funds.forms import VoucherForm
from panel.templatetags.weir import money


@require_POST
@for_customers
def redeem_voucher(request: HttpRequest, customer: Customer) -> HttpResponse:
    form = VoucherForm(request.POST)
    if not form.is_valid():
        return show(request, customer, voucher_form=form)
    try:
        entry = vouchers.redeem(customer, form.cleaned_data["voucher"], now=database_now())
    except CodeRefused as refusal:
        form.add_error("voucher", str(refusal))
        return show(request, customer, voucher_form=form)
    amount = money(entry.amount, storefront_of(request).currency)
    messages.success(request, _("%s was credited.") % amount)
    return redirect("funds")
