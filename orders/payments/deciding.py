"""What people decide about payments: customers who say that they paid, staff who saw the money."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from orders.models import LedgerEntry, Payment
from orders.payments import promos, shares
from orders.payments.crediting import credit
from orders.payments.refusal import PaymentRefused, locked

NOTE_MAX = 500


@transaction.atomic
def settle(
    payment_id: int, *, amount: Decimal, currency: str, now: datetime, actor: str = ""
) -> LedgerEntry | None:
    """Credit a payment that has arrived, once: later calls return None and change nothing.

    ``amount`` is in the panel's currency. Raises PaymentRefused when what arrived is not what
    was opened; then nothing is credited.
    """
    payment = _unsettled(payment_id)
    if payment is None:
        return None
    if (amount, currency) != (payment.amount, payment.currency):
        raise PaymentRefused(_("What arrived is not what was asked for."))
    return credit(payment, paid=payment.pay_amount, now=now, actor=actor)


@transaction.atomic
def confirm(payment_id: int, *, actor: str, now: datetime) -> LedgerEntry | None:
    """Staff saw exactly what was asked for: credit it, once. None: somebody did before.

    Raises PaymentRefused when it was turned down or has expired meanwhile.
    """
    payment = _unsettled(payment_id)
    if payment is None:
        return None
    return credit(payment, paid=payment.pay_amount, now=now, actor=actor)


@transaction.atomic
def credit_received(
    payment_id: int, received: Decimal, currency: str, *, actor: str, reason: str, now: datetime
) -> LedgerEntry | None:
    """Staff take what has arrived instead of what was asked for, also late: credit its worth at
    the terms the payment was opened at, once. None: it was settled before.

    ``received`` is in the currency paid. Raises PaymentRefused for another one.
    """
    payment = locked(payment_id)
    if payment.status == Payment.Status.SETTLED:
        return None
    if currency.upper() != payment.pay_currency.upper():
        raise PaymentRefused(_("Only %s can be credited here.") % payment.pay_currency)
    _agree(payment, received, reason=reason)
    return credit(payment, paid=received, now=now, actor=actor)


@transaction.atomic
def reject(payment_id: int, *, note: str) -> bool:
    """Turn an open or waiting payment down; False when it was settled or ended before."""
    return _end(locked(payment_id), Payment.Status.REJECTED, note=note)


@transaction.atomic
def claim_paid(payment_id: int, *, customer_id: int, receipt: str = "") -> bool:
    """The customer says that a payment without a gateway was made, perhaps with a receipt.

    From then on it waits for staff and does not expire. False when it is not open any more.
    """
    payment = locked(payment_id)
    is_theirs = payment.customer_id == customer_id
    if not (is_theirs and payment.is_open and payment.method and payment.method.is_manual):
        return False
    payment.status, payment.receipt = Payment.Status.WAITING, receipt or payment.receipt
    payment.save(update_fields=["status", "receipt"])
    return True


@transaction.atomic
def withdraw(payment_id: int, *, customer_id: int) -> bool:
    """The customer will not pay; False when it is not theirs or not open any more.

    Should it be paid nevertheless, staff are asked.
    """
    payment = locked(payment_id)
    if payment.customer_id != customer_id or payment.status != Payment.Status.OPEN:
        return False
    return _end(payment, Payment.Status.EXPIRED, note="withdrawn")


@transaction.atomic
def expire(payment_id: int, *, now: datetime) -> bool:
    """Give an open payment up whose time is over; False when it has moved meanwhile."""
    payment = locked(payment_id)
    is_over = payment.expires_at is not None and payment.expires_at <= now
    if payment.status != Payment.Status.OPEN or not is_over:
        return False
    return _end(payment, Payment.Status.EXPIRED, note="")


def _unsettled(payment_id: int) -> Payment | None:
    payment = locked(payment_id)
    if payment.status == Payment.Status.SETTLED:
        return None
    if not payment.is_open:
        raise PaymentRefused(_("This payment was rejected or has expired."))
    return payment


def _agree(payment: Payment, received: Decimal, *, reason: str) -> None:
    """Set the terms of an unsettled payment to what has arrived."""
    is_number = received.is_finite() and received > 0
    amount = shares.worth(payment, received) if is_number else Decimal(0)
    if not amount:
        raise PaymentRefused(_("The amount is out of range."))
    payment.fee = shares.worth_of(payment.fee, payment, received)
    payment.amount, payment.status = amount, Payment.Status.OPEN
    payment.note = reason[:NOTE_MAX]
    payment.save(update_fields=["amount", "fee", "status", "note"])


def _end(payment: Payment, status: str, *, note: str) -> bool:
    if not payment.is_open:
        return False
    payment.status, payment.note, payment.next_check_at = status, note[:NOTE_MAX], None
    payment.save(update_fields=["status", "note", "next_check_at"])
    promos.release(payment)
    return True
