"""One payment with everything that happened to it, in the order in which it happened."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders import payments
from orders.models import GatewayEvent, Invoice, LedgerEntry, Payment, PaymentDoubt, PaymentRefund
from orders.payments import bonuses
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.payments.forms import (
    BonusForm,
    ConfirmForm,
    CreditForm,
    RefundForm,
    RejectForm,
)
from panel.backoffice.payments.freezing import frozen_by_payments
from panel.models import FundsRequest, PaymentReceipt
from panel.paying.faces import face_of

STEPS_MAX = 200  # of each sort
_Purpose = FundsRequest.Purpose
BY_TWO = (_Purpose.CONFIRM, _Purpose.CREDIT, _Purpose.REFUND)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: a sign, a sentence, what supports it, what it moved."""

    at: datetime
    sign: str
    text: str
    evidence: str = ""
    amount: Decimal | None = None


@require_safe
@staff_page(Right.PAYMENTS)
def payment(request: HttpRequest, staff: Staff, payment_id: int) -> HttpResponse:
    return show(request, staff, payment_id)


def show(request: HttpRequest, staff: Staff, payment_id: int, **filled: Any) -> HttpResponse:
    """The page; ``filled`` are forms by their name in the page, to be looked at again."""
    found = get_object_or_404(
        Payment.objects.select_related("customer__user", "method").defer("method__credentials"),
        pk=payment_id,
    )
    context = {
        "payment": found,
        "buyer": found.customer,
        "frozen": frozen_by_payments(found.customer),
        "gateway": face_of(found.gateway),
        "doubts": PaymentDoubt.objects.filter(payment=found, closed_at=None)[:STEPS_MAX],
        "receipts": PaymentReceipt.objects.filter(payment=found).defer("data"),
        "steps": story(found),
        "refundable": payments.refundable(found),
        "has_invoices": Invoice.objects.filter(payment=found).exists(),
        "has_bonus": bonuses.is_revocable(found),
        "bonus_form": BonusForm(),
        "confirm_form": ConfirmForm(),
        "waits": FundsRequest.objects.filter(
            state=FundsRequest.State.WAITING, purpose__in=BY_TWO, subject_id=found.pk
        ),
        "reject_form": RejectForm(),
        "credit_form": CreditForm(payment=found),
        "refund_form": RefundForm(payment=found),
    }
    return render(request, "backoffice/payments/detail.html", context | filled)


def story(payment: Payment) -> list[Step]:
    """Opened, told, doubted, booked, paid back: oldest first."""
    steps = [Step(payment.created_at, "plus", _("Opened by the customer"))]
    steps += map(_of_event, GatewayEvent.objects.filter(payment=payment)[:STEPS_MAX])
    steps += map(_of_entry, LedgerEntry.objects.filter(payment=payment)[:STEPS_MAX])
    for doubt in PaymentDoubt.objects.filter(payment=payment)[:STEPS_MAX]:
        steps += _of_doubt(doubt)
    for refund in PaymentRefund.objects.filter(payment=payment)[:STEPS_MAX]:
        steps += _of_refund(refund)
    receipts = PaymentReceipt.objects.filter(payment=payment).defer("data")
    steps += [Step(row.uploaded_at, "file-text", _("Receipt uploaded")) for row in receipts]
    return sorted(steps, key=lambda step: step.at)


def _of_event(event: GatewayEvent) -> Step:
    return Step(event.received_at, "mail", _("Told by the gateway"), event.outcome)


def _of_entry(entry: LedgerEntry) -> Step:
    who = f" · {entry.actor}" if entry.actor else ""
    text = f"{entry.get_kind_display()}{who}"
    return Step(entry.created_at, "receipt", text, entry.reason, entry.amount)


def _of_doubt(doubt: PaymentDoubt) -> list[Step]:
    steps = [Step(doubt.opened_at, "alert-triangle", doubt.get_reason_display(), doubt.evidence)]
    if doubt.closed_at is not None:
        text = _("Looked at by %s") % doubt.closed_by
        steps.append(Step(doubt.closed_at, "check", text, doubt.note))
    return steps


def _of_refund(refund: PaymentRefund) -> list[Step]:
    text = _("Paying back, by %s") % refund.actor
    steps = [Step(refund.created_at, "rotate-clockwise-2", text, refund.reason)]
    if refund.finished_at is not None:
        said = refund.get_status_display()
        steps.append(Step(refund.finished_at, "rotate-clockwise-2", str(said), refund.answer))
    return steps
