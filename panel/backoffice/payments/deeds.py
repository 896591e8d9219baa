"""What staff decide about a payment. Each deed moves money once, however often it is sent."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import payments
from orders.models import Payment
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.payments.detail import show
from panel.backoffice.payments.forms import CreditForm, RejectForm
from panel.clock import database_now
from panel.dashboard.funds.files import handed_out
from panel.gateways.protocol import GatewayFailed
from panel.models import PaymentReceipt
from panel.paying.synchronising import synchronise

SUBJECT = "payment"


@require_POST
@staff_page(Right.PAYMENTS_CHANGE, fresh=True)
def confirm(request: HttpRequest, staff: Staff, payment_id: int) -> HttpResponse:
    """The money of a payment by hand has arrived, exactly."""

    def deed() -> Any:
        return payments.confirm(payment_id, actor=staff.name, now=database_now())

    _do(request, staff, payment_id, "confirm", deed)
    return redirect("staff_payment", payment_id)


@require_POST
@staff_page(Right.PAYMENTS_CHANGE, fresh=True)
def reject(request: HttpRequest, staff: Staff, payment_id: int) -> HttpResponse:
    form = RejectForm(request.POST)
    if not form.is_valid():
        return show(request, staff, payment_id, reject_form=form)
    reason = form.cleaned_data["reason"]

    def deed() -> Any:
        return payments.reject(payment_id, note=reason)

    _do(request, staff, payment_id, "reject", deed, reason=reason)
    return redirect("staff_payment", payment_id)


@require_POST
@staff_page(Right.PAYMENTS_CHANGE, fresh=True)
def credit(request: HttpRequest, staff: Staff, payment_id: int) -> HttpResponse:
    """Credit what really arrived, at the rate that was agreed."""
    form = CreditForm(request.POST, payment=_found(payment_id))
    if not form.is_valid():
        return show(request, staff, payment_id, credit_form=form)
    given = form.cleaned_data

    def deed() -> Any:
        return payments.credit_received(
            payment_id,
            given["received"],
            given["currency"],
            actor=staff.name,
            reason=given["reason"],
            now=database_now(),
        )

    new = {"received": given["received"], "currency": given["currency"]}
    _do(request, staff, payment_id, "credit", deed, reason=given["reason"], new=new)
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
def receipt(request: HttpRequest, staff: Staff, payment_id: int, receipt_id: Any) -> HttpResponse:
    return handed_out(get_object_or_404(PaymentReceipt, pk=receipt_id, payment_id=payment_id))


def _do(
    request: HttpRequest,
    staff: Staff,
    payment_id: int,
    name: str,
    deed: Callable[[], Any],
    *,
    reason: str = "",
    new: dict[str, Any] | None = None,
) -> None:
    """Do it and write it down, both or neither; say what came of it."""
    old = {"status": _found(payment_id).status}
    try:
        with transaction.atomic():
            if not deed():
                messages.warning(request, _("Somebody was faster: nothing was done again."))
                return
            status = _found(payment_id).status
            auditing.record(
                request,
                staff,
                f"{SUBJECT}.{name}",
                subject=SUBJECT,
                subject_id=payment_id,
                old=old,
                new={"status": status} | (new or {}),
                reason=reason,
            )
    except payments.PaymentRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is done."))


def _found(payment_id: int) -> Payment:
    return get_object_or_404(Payment, pk=payment_id)
