"""What is agreed with a customer: discount and credit, rates of their own, their standing."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders import dealing
from orders.models import Customer
from panel.backoffice import approvals, auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.customers.detail import show
from panel.backoffice.customers.forms import OwnRateForm, TermsForm
from panel.models import FundsRequest
from panel.models.audit import REASON_MAX


@require_POST
@staff_page(Right.TERMS, fresh=True)
def set_terms(request: HttpRequest, staff: Staff, customer_id: int) -> HttpResponse:
    form = TermsForm(get_object_or_404(Customer, pk=customer_id), request.POST)
    if not form.is_valid():
        return show(request, staff, customer_id, terms_form=form)
    try:
        is_waiting = _set_terms(request, staff, customer_id, form.cleaned_data)
    except approvals.AskedBefore:
        messages.warning(request, _("This was saved already; it was not saved again."))
        return redirect("staff_customer", customer_id)
    messages.success(request, _("The changes were saved."))
    if is_waiting:
        messages.info(request, _("The higher credit limit waits for a second person."))
    return redirect("staff_customer", customer_id)


@transaction.atomic
def _set_terms(request: HttpRequest, staff: Staff, customer_id: int, given: dict[str, Any]) -> bool:
    """Write them down; whether more credit has to wait for a second person."""
    approvals.one_after_another(staff)
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    terms = {name: value for name, value in given.items() if name != "token"}
    more = terms["credit_limit"] - customer.credit_limit
    if more > 0:
        terms["credit_limit"] = customer.credit_limit
    old = dealing.set_terms(customer_id, **terms)
    if old:
        auditing.record(
            request,
            staff,
            "customer.terms",
            subject="customer",
            subject_id=customer_id,
            old=old,
            new={name: terms[name] for name in old},
        )
    return more > 0 and _ask_for_credit(request, staff, customer_id, more, given["token"])


def _ask_for_credit(
    request: HttpRequest, staff: Staff, customer_id: int, more: Decimal, token: UUID
) -> bool:
    purpose, reason = FundsRequest.Purpose.CREDIT_LIMIT, _("A higher credit limit")
    wanted = approvals.Move(purpose, customer_id, more, reason, token, customer_id)
    return approvals.move(request, staff, wanted, now=timezone.now()).is_waiting


@require_POST
@staff_page(Right.TERMS)
def set_own_rate(request: HttpRequest, staff: Staff, customer_id: int) -> HttpResponse:
    get_object_or_404(Customer, pk=customer_id)
    form = OwnRateForm(request.POST)
    if not form.is_valid():
        return show(request, staff, customer_id, rate_form=form)
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
