"""What is agreed with a customer: discount and credit, rates of their own, their standing."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders import dealing
from orders.models import Customer
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.customers.detail import show
from panel.backoffice.customers.forms import OwnRateForm, TermsForm
from panel.models.audit import REASON_MAX


@require_POST
@staff_page(Right.TERMS)
def set_terms(request: HttpRequest, staff: Staff, customer_id: int) -> HttpResponse:
    form = TermsForm(get_object_or_404(Customer, pk=customer_id), request.POST)
    if not form.is_valid():
        return show(request, customer_id, terms_form=form)
    with transaction.atomic():
        old = dealing.set_terms(customer_id, **form.cleaned_data)
        if old:
            auditing.record(
                request,
                staff,
                "customer.terms",
                subject="customer",
                subject_id=customer_id,
                old=old,
                new={name: form.cleaned_data[name] for name in old},
            )
    messages.success(request, _("The changes were saved."))
    return redirect("staff_customer", customer_id)


@require_POST
@staff_page(Right.TERMS)
def set_own_rate(request: HttpRequest, staff: Staff, customer_id: int) -> HttpResponse:
    get_object_or_404(Customer, pk=customer_id)
    form = OwnRateForm(request.POST)
    if not form.is_valid():
        return show(request, customer_id, rate_form=form)
    service_id, rate = form.cleaned_data["service"].pk, form.cleaned_data["rate"]
    with transaction.atomic():
        old = dealing.set_own_rate(customer_id, service_id, rate)
        if old != rate:
            auditing.record(
                request,
                staff,
                "customer.own_rate",
                subject="customer",
                subject_id=customer_id,
                old={"service": service_id, "rate": old},
                new={"service": service_id, "rate": rate},
            )
    messages.success(request, _("The changes were saved."))
    return redirect("staff_customer", customer_id)


@require_POST
@staff_page(Right.CUSTOMERS_CHANGE)
def set_status(request: HttpRequest, staff: Staff, customer_id: int) -> HttpResponse:
    """Active, frozen or suspended, with a reason."""
    get_object_or_404(Customer, pk=customer_id)
    status, reason = request.POST.get("status", ""), request.POST.get("reason", "").strip()
    if status not in Customer.Status.values or not 0 < len(reason) <= REASON_MAX:
        messages.error(request, _("Say what and why."))
        return redirect("staff_customer", customer_id)
    with transaction.atomic():
        old = dealing.set_status(customer_id, status)
        if old:
            auditing.record(
                request,
                staff,
                "customer.status",
                subject="customer",
                subject_id=customer_id,
                old=old,
                new={"status": status},
                reason=reason,
            )
    messages.success(request, _("The changes were saved."))
    return redirect("staff_customer", customer_id)
