"""Who sells, and which tax is in the prices: what new invoices say."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import invoicing
from orders.models import Seller, TaxRate
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.billing.forms import SellerForm, TaxForm
from panel.clock import database_now
from panel.dashboard.billing import warn_of_letters

SUBJECT = "billing"
SELLER_ID = 1
RATE_COLUMNS = ("country", "for_business", "name", "percent", "note")


@require_safe
@staff_page(Right.METHODS)
def selling(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The seller's details and the rates of tax."""
    return _show(request)


@require_POST
@staff_page(Right.METHODS, fresh=True)
def edit_seller(request: HttpRequest, staff: Staff) -> HttpResponse:
    form = SellerForm(request.POST)
    if not form.is_valid():
        return _show(request, seller_form=form)
    _write_seller(request, staff, form.cleaned_data)
    messages.success(request, _("Saved. New invoices say so."))
    warn_of_letters(request, form.cleaned_data)
    return redirect("staff_selling")


@require_POST
@staff_page(Right.METHODS, fresh=True)
def set_tax(request: HttpRequest, staff: Staff) -> HttpResponse:
    form = TaxForm(request.POST)
    if not form.is_valid():
        return _show(request, tax_form=form)
    try:
        _write_tax(request, staff, form.cleaned_data)
    except invoicing.TaxRefused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, tax_form=form)
    messages.success(request, _("Saved. New invoices say so."))
    return redirect("staff_selling")


@require_POST
@staff_page(Right.METHODS, fresh=True)
@transaction.atomic
def remove_tax(request: HttpRequest, staff: Staff, rate_id: int) -> HttpResponse:
    gone = invoicing.remove_tax_rate(rate_id)
    if gone is None:
        raise Http404
    auditing.record(
        request, staff, "tax.remove", subject=SUBJECT, subject_id=rate_id, old=_facts(gone)
    )
    messages.success(request, _("The rate was taken away."))
    return redirect("staff_selling")


def _show(request: HttpRequest, **filled: Any) -> HttpResponse:
    seller = Seller.objects.filter(pk=SELLER_ID).first()
    forms = {"seller_form": SellerForm(seller=seller), "tax_form": TaxForm()}
    context = {
        "seller": seller,
        "rates": TaxRate.objects.all()[: invoicing.RATES_MAX],
        "waiting": invoicing.unwritten(now=database_now()),
        **(forms | filled),
    }
    return render(request, "backoffice/billing/selling.html", context)


@transaction.atomic
def _write_seller(request: HttpRequest, staff: Staff, given: dict[str, Any]) -> None:
    old = Seller.objects.select_for_update().filter(pk=SELLER_ID).first()
    before = {name: getattr(old, name) for name in given} if old else {}
    invoicing.edit_seller(**given)
    auditing.record(
        request,
        staff,
        "seller.edit",
        subject=SUBJECT,
        subject_id=SELLER_ID,
        old={name: value for name, value in before.items() if value != given[name]},
        new={name: value for name, value in given.items() if value != before.get(name)},
    )


@transaction.atomic
def _write_tax(request: HttpRequest, staff: Staff, given: dict[str, Any]) -> None:
    old, new = invoicing.set_tax_rate(
        given["country"],
        for_business=given["for_business"],
        name=given["name"],
        percent=given["percent"],
        note=given["note"],
    )
    auditing.record(
        request,
        staff,
        "tax.set",
        subject=SUBJECT,
        subject_id=new.pk,
        old=_facts(old) if old else {},
        new=_facts(new),
    )


def _facts(rate: TaxRate) -> dict[str, Any]:
    return {name: getattr(rate, name) for name in RATE_COLUMNS}
