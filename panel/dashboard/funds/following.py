"""One payment: how it stands and what happens next. Opening its page pays nothing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import payments
from orders.models import Customer, Payment, PaymentDoubt
from panel.clock import database_now
from panel.dashboard.access import for_customers
from panel.dashboard.funds.adding import payer_of
from panel.dashboard.funds.forms import ReceiptForm
from panel.gateways.protocol import GatewayFailed
from panel.gateways.registry import GATEWAYS
from panel.models import PaymentReceipt
from panel.paying import starting
from panel.paying.synchronising import synchronise

ASK_AGAIN_AFTER_S = 4  # of one payment, however many pages are open
_Reason = PaymentDoubt.Reason
OTHERWISE = (_Reason.AMOUNT, _Reason.CURRENCY, _Reason.REFERENCE, _Reason.LATE)
"""Doubts that say that something was paid, though not as asked."""


@require_safe
@for_customers
def payment(request: HttpRequest, customer: Customer, token: UUID) -> HttpResponse:
    """Where the gateway sends customers back to. It shows our state and believes no address."""
    return show(request, found(customer, token))


@require_POST
@for_customers
def check_payment(request: HttpRequest, customer: Customer, token: UUID) -> HttpResponse:
    """Ask the gateway, unless it was asked a moment ago, and show how the payment stands."""
    row, trouble = found(customer, token), False
    asked_lately = database_now() - timedelta(seconds=ASK_AGAIN_AFTER_S)
    if row.is_open and (row.checked_at is None or row.checked_at < asked_lately):
        try:
            synchronise(row.pk)
        except GatewayFailed:
            trouble = True
        row = found(customer, token)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("payment", token)
    return render(request, "dashboard/parts/payment.html", _context(row, trouble=trouble))


@require_POST
@for_customers
def begin_payment(request: HttpRequest, customer: Customer, token: UUID) -> HttpResponse:
    """Tell the gateway again of a payment that it could not be told of before."""
    try:
        starting.tell(found(customer, token).pk, payer_of(request))
    except (GatewayFailed, payments.PaymentRefused):
        messages.error(request, _("The gateway did not answer. Nothing was charged."))
    return redirect("payment", token)


@require_POST
@for_customers
def withdraw_payment(request: HttpRequest, customer: Customer, token: UUID) -> HttpResponse:
    """The customer will not pay."""
    if payments.withdraw(found(customer, token).pk, customer_id=customer.pk):
        messages.success(request, _("The payment was withdrawn."))
    return redirect("funds")


def found(customer: Customer, token: UUID) -> Payment:
    """A payment of this customer. Raises Http404 for anybody else's."""
    rows = Payment.objects.select_related("method").defer("method__credentials")
    return get_object_or_404(rows, token=token, customer=customer)


def show(
    request: HttpRequest, row: Payment, receipt_form: ReceiptForm | None = None
) -> HttpResponse:
    """The page of a payment; with a form that has to be looked at again."""
    context = _context(row) | {
        "canceled": "canceled" in request.GET,
        "leaves": row.is_open and bool(row.redirect_url) and "leave" in request.GET,
        "receipts": PaymentReceipt.objects.filter(payment=row).defer("data"),
        "receipt_form": receipt_form or ReceiptForm(),
        "promised": payments.promised(row) if row.is_open else None,
    }
    return render(request, "dashboard/payment.html", context)


def _context(row: Payment, *, trouble: bool = False) -> dict[str, Any]:
    gateway = GATEWAYS.get(row.gateway)
    by_hand = gateway is None or gateway.is_confirmed_by_staff
    is_told = by_hand or bool(row.redirect_url) or not (gateway and gateway.is_hosted)
    doubts = PaymentDoubt.objects.filter(payment=row, closed_at=None, reason__in=OTHERWISE)
    is_doubted = row.status != Payment.Status.SETTLED and doubts.exists()
    return {
        "payment": row,
        "by_hand": by_hand,
        "is_told": is_told,
        "is_doubted": is_doubted,
        "asks": row.status == Payment.Status.OPEN and is_told and not (by_hand or is_doubted),
        "trouble": trouble,
    }
