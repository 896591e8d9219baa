"""Money of payments that staff move by hand: confirmed, credited as it came, paid back."""

from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders import payments
from orders.currencies import minor_step
from orders.models import Payment
from orders.payments import shares
from panel.backoffice import auditing
from panel.backoffice.access import Staff
from panel.clock import database_now
from panel.gateways.protocol import GatewayFailed
from panel.gateways.registry import gateway_of
from panel.models import FundsRequest

SUBJECT = "payment"


class SomebodyWasFaster(payments.PaymentRefused):
    """The payment was credited before; nothing was done again."""

    def __init__(self) -> None:
        super().__init__(_("Somebody was faster: nothing was done again."))


def confirm(request: HttpRequest, staff: Staff, wanted: FundsRequest) -> None:
    """Exactly what was asked for has arrived."""
    who, now = str(wanted.asked_by), database_now()
    old = _status(wanted.subject_id)
    if payments.confirm(wanted.subject_id, actor=who, now=now) is None:
        raise SomebodyWasFaster
    _record(request, staff, "confirm", wanted, old=old, new={})


def credit(request: HttpRequest, staff: Staff, wanted: FundsRequest) -> None:
    """Something else has arrived: what was ``received``, by the details."""
    payment = Payment.objects.get(pk=wanted.subject_id)
    old, received = _status(payment.pk), _received(payment, wanted)
    entry = payments.credit_received(
        payment.pk,
        received,
        payment.pay_currency,
        actor=str(wanted.asked_by),
        reason=wanted.reason,
        now=database_now(),
    )
    if entry is None:
        raise SomebodyWasFaster
    new = {"received": received, "currency": payment.pay_currency, "amount": entry.amount}
    _record(request, staff, "credit", wanted, old=old, new=new)


def refund(request: HttpRequest, staff: Staff, wanted: FundsRequest) -> None:
    """Take it off the balance. The gateway is asked once that is committed: by the page that
    books it, or by the clock.
    """
    payment = Payment.objects.select_related("method").get(pk=wanted.subject_id)
    started = payments.start_refund(
        payment.pk,
        -wanted.amount,
        actor=str(wanted.asked_by),
        reason=wanted.reason,
        token=wanted.token,
        now=database_now(),
        step=_step(payment),
    )
    new = {"amount": started.amount, "paid_back": started.pay_amount, "refund": started.pk}
    _record(request, staff, "refund", wanted, old={}, new=new)


def worth(payment: Payment, received: Decimal, currency: str) -> Decimal:
    """What ``received`` would be credited as. Raises PaymentRefused where that is nothing, or
    cannot be told from what another amount is worth.
    """
    if currency.upper() != payment.pay_currency.upper():
        raise payments.PaymentRefused(_("Only %s can be credited here.") % payment.pay_currency)
    amount = shares.worth(payment, received)
    if not amount or received_for(payment, amount) != received:
        raise payments.PaymentRefused(_("The amount has too many decimals."))
    return amount


def received_for(payment: Payment, amount: Decimal) -> Decimal:
    """What must have arrived to be worth ``amount``, in whole units of its currency's step."""
    step = minor_step(payment.pay_currency)
    received = Fraction(amount) * Fraction(payment.pay_amount) / Fraction(payment.amount)
    return ceil(received / Fraction(step)) * step


def _received(payment: Payment, wanted: FundsRequest) -> Decimal:
    """Requests of before 0017 have no details; their amount is the credit alone."""
    told = wanted.details.get("received")
    return received_for(payment, wanted.amount) if told is None else Decimal(told)


def _step(payment: Payment) -> Decimal | None:
    if payment.method is None:
        return None
    try:
        return gateway_of(payment.method).step(payment.pay_currency)
    except GatewayFailed as failure:
        raise payments.PaymentRefused(str(failure)) from failure


def _status(payment_id: int) -> dict[str, Any]:
    return {"status": Payment.objects.values_list("status", flat=True).get(pk=payment_id)}


def _record(
    request: HttpRequest,
    staff: Staff,
    deed: str,
    wanted: FundsRequest,
    *,
    old: dict[str, Any],
    new: dict[str, Any],
) -> None:
    status = _status(wanted.subject_id) if old else {}
    who = {"asked_by": wanted.asked_by} if wanted.wants_second else {}
    auditing.record(
        request,
        staff,
        f"{SUBJECT}.{deed}",
        subject=SUBJECT,
        subject_id=wanted.subject_id,
        old=old,
        new=status | new | who,
        reason=wanted.reason,
    )
