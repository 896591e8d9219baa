"""What staff decide about a payment. What is much waits for a second person."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import payments
from orders.models import Payment
from orders.payments import bonuses
from panel.backoffice import approvals, auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.approvals.payments import worth
from panel.backoffice.payments.detail import show
from panel.backoffice.payments.forms import ConfirmForm, CreditForm, RejectForm
from panel.dashboard.funds.files import handed_out
from panel.gateways.protocol import GatewayFailed
from panel.models import FundsRequest, PaymentReceipt
from panel.paying.synchronising import synchronise

SUBJECT = "payment"
Purpose = FundsRequest.Purpose


@require_POST
@staff_page(Right.PAYMENTS_CHANGE, fresh=True)
def confirm(request: HttpRequest, staff: Staff, payment_id: int) -> HttpResponse:
    """The money of a payment by hand has arrived, exactly."""
    payment, form = _found(payment_id), ConfirmForm(request.POST)
    if not form.is_valid():
        return redirect("staff_payment", payment_id)
    given = form.cleaned_data | {"reason": _("The money has arrived.")}
    _move(request, staff, payment, Purpose.CONFIRM, payment.amount, given)
    return redirect("staff_payment", payment_id)


@require_POST
@staff_page(Right.PAYMENTS_CHANGE, fresh=True)
def credit(request: HttpRequest, staff: Staff, payment_id: int) -> HttpResponse:
    """Credit what really arrived, at the rate that was agreed."""
    payment = _found(payment_id)
    form = CreditForm(request.POST, payment=payment)
    if not form.is_valid():
        return show(request, staff, payment_id, credit_form=form)
    given = form.cleaned_data
    try:
        amount = worth(payment, given["received"], given["currency"])
    except payments.PaymentRefused as refusal:
        form.add_error("received", str(refusal))
        return show(request, staff, payment_id, credit_form=form)
    _move(request, staff, payment, Purpose.CREDIT, amount, given, received=str(given["received"]))
    return redirect("staff_payment", payment_id)


@require_POST
@staff_page(Right.PAYMENTS_CHANGE, fresh=True)
def reject(request: HttpRequest, staff: Staff, payment_id: int) -> HttpResponse:
    old, form = {"status": _found(payment_id).status}, RejectForm(request.POST)
    if not form.is_valid():
        return show(request, staff, payment_id, reject_form=form)
    reason = form.cleaned_data["reason"]
    with transaction.atomic():
        is_first = payments.reject(payment_id, note=reason)
        if is_first:
            auditing.record(
                request,
                staff,
                "payment.reject",
                subject=SUBJECT,
                subject_id=payment_id,
                old=old,
                new={"status": _found(payment_id).status},
                reason=reason,
            )
    if is_first:
        messages.success(request, _("It is done."))
    else:
        messages.warning(request, _("Somebody was faster: nothing was done again."))
    return redirect("staff_payment", payment_id)


@require_POST
@staff_page(Right.PAYMENTS_CHANGE)
def check(request: HttpRequest, staff: Staff, payment_id: int) -> HttpResponse:
    """Ask the gateway now, as the clock does."""
    _found(payment_id)
    try:
        applied = synchronise(payment_id)
    except GatewayFailed as failure:
        messages.error(request, _("The gateway could not be asked: %s") % failure)
    else:
        if applied is None:
            messages.info(request, _("There is nobody to ask about this payment."))
        else:
            messages.success(request, _("The gateway was asked."))
    return redirect("staff_payment", payment_id)


@require_safe
@staff_page(Right.PAYMENTS)
def receipt(request: HttpRequest, staff: Staff, payment_id: int, receipt_id: UUID) -> HttpResponse:
    return handed_out(get_object_or_404(PaymentReceipt, pk=receipt_id, payment_id=payment_id))


def _move(
    request: HttpRequest,
    staff: Staff,
    payment: Payment,
    purpose: Purpose,
    amount: Decimal,
    given: dict[str, Any],
    **details: str,
) -> None:
    """Credit it with what was promised on top, or leave it to a second person; say what came."""
    with_bonuses = amount + bonuses.promised(payment, amount)
    wanted = approvals.Move(
        purpose, payment.pk, with_bonuses, given["reason"], given["token"],
        customer_id=payment.customer_id, details=details,
    )  # fmt: skip
    try:
        row = approvals.move(request, staff, wanted, now=timezone.now())
    except (payments.PaymentRefused, approvals.AskedBefore) as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("It waits for a second person.") if row.is_waiting else _("It is done.")
        messages.success(request, said)


def _found(payment_id: int) -> Payment:
    return get_object_or_404(Payment, pk=payment_id)
