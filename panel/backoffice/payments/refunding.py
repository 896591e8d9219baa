"""Paying back, and taking a bonus back: the balance first, then the gateway."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders import payments
from orders.ledger import InsufficientBalance
from orders.models import Payment, PaymentRefund
from orders.payments import bonuses
from panel.backoffice import approvals, auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.payments.detail import show
from panel.backoffice.payments.forms import BonusForm, RefundForm
from panel.clock import database_now
from panel.models import FundsRequest
from panel.paying.refunding import pay_back


@require_POST
@staff_page(Right.PAYMENTS_CHANGE, fresh=True)
def refund(request: HttpRequest, staff: Staff, payment_id: int) -> HttpResponse:
    """Take it off the balance, commit that, and ask the gateway to pay it."""
    payment = get_object_or_404(Payment, pk=payment_id)
    form = RefundForm(request.POST, payment=payment)
    if not form.is_valid():
        return show(request, staff, payment_id, refund_form=form)
    wanted = _wanted(payment, form.cleaned_data)
    try:
        row = approvals.move(request, staff, wanted, now=timezone.now())
    except (payments.PaymentRefused, InsufficientBalance) as refusal:
        form.add_error("amount", str(refusal))
        return show(request, staff, payment_id, refund_form=form)
    except approvals.AskedBefore as refusal:
        messages.warning(request, str(refusal))
    else:
        if row.is_waiting:
            messages.success(request, _("It waits for a second person."))
        else:
            _say(request, pay_back(PaymentRefund.objects.get(token=row.token).pk))
    return redirect("staff_payment", payment_id)


@require_POST
@staff_page(Right.PAYMENTS_CHANGE, fresh=True)
def revoke_bonus(request: HttpRequest, staff: Staff, payment_id: int) -> HttpResponse:
    """Take what is left of a payment's bonus, never below the customer's floor."""
    get_object_or_404(Payment, pk=payment_id)
    form = BonusForm(request.POST)
    if not form.is_valid():
        return show(request, staff, payment_id, bonus_form=form)
    reason = form.cleaned_data["reason"]
    try:
        with transaction.atomic():
            taken = bonuses.revoke(payment_id, actor=staff.name, reason=reason, now=database_now())
            auditing.record(
                request,
                staff,
                "payment.revoke_bonus",
                subject="payment",
                subject_id=payment_id,
                new={"bonus": taken},
                reason=reason,
            )
    except (payments.PaymentRefused, InsufficientBalance) as refusal:
        form.add_error("reason", str(refusal))
        return show(request, staff, payment_id, bonus_form=form)
    messages.success(request, _("It was booked."))
    return redirect("staff_payment", payment_id)


def _wanted(payment: Payment, given: dict[str, Any]) -> approvals.Move:
    return approvals.Move(
        FundsRequest.Purpose.REFUND,
        payment.pk,
        -given["amount"],
        given["reason"],
        given["token"],
        customer_id=payment.customer_id,
    )


def _say(request: HttpRequest, refund: PaymentRefund) -> None:
    if refund.status == PaymentRefund.Status.DONE:
        messages.success(request, _("It was paid back."))
    elif refund.status == PaymentRefund.Status.REFUSED:
        messages.error(request, _("The gateway refused: %s") % refund.answer)
    else:
        messages.warning(request, _("Nobody knows yet whether it was paid back. We keep asking."))
