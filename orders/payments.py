"""The one place money comes in: a payment is opened, and settled at most once."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from orders import ledger
from orders.models import Customer, LedgerEntry, Payment

AMOUNT_MAX = Decimal(1_000_000_000)


class PaymentRefused(Exception):
    """This payment cannot be opened or settled like that; nothing was credited."""


def open_payment(
    customer: Customer, *, gateway: str, reference: str, amount: Decimal, currency: str
) -> Payment:
    """Note that a customer is about to pay ``amount``. The gateway's reference is unique."""
    if not (amount.is_finite() and 0 < amount <= AMOUNT_MAX):
        raise PaymentRefused(_("The amount is out of range."))
    return Payment.objects.create(
        customer=customer,
        gateway=gateway,
        reference=reference,
        amount=amount,
        currency=currency,
        pay_amount=amount,
        pay_currency=currency,
    )


@transaction.atomic
def settle(
    payment_id: int, *, amount: Decimal, currency: str, now: datetime, actor: str = ""
) -> LedgerEntry | None:
    """Credit a payment that has arrived, once: later calls return None and change nothing.

    Raises PaymentRefused when what arrived is not what was opened; then nothing is credited.
    """
    payment = Payment.objects.select_for_update().select_related("customer").get(pk=payment_id)
    if payment.status == Payment.Status.SETTLED:
        return None
    if payment.status == Payment.Status.REJECTED:
        raise PaymentRefused(_("This payment was rejected."))
    if (amount, currency) != (payment.amount, payment.currency):
        raise PaymentRefused(_("What arrived is not what was asked for."))
    payment.settled_at = now
    payment.save(update_fields=["settled_at"])
    return ledger.top_up(payment, actor=actor)


@transaction.atomic
def reject(payment_id: int, *, note: str) -> bool:
    """Turn an open payment down; False when it was settled or rejected before."""
    open_one = Payment.objects.filter(pk=payment_id, status=Payment.Status.OPEN)
    return bool(open_one.update(status=Payment.Status.REJECTED, note=note))
