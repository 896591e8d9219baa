"""A customer is about to pay: what it will cost them is locked, and the payment is open."""

import base64
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from orders import ledger
from orders.models import Customer, Payment, PaymentMethod
from orders.money import ZERO
from orders.payments import promos
from orders.payments.quoting import Quote, quote
from orders.payments.refusal import PaymentRefused
from orders.payments.settling import CHECK_EVERY

AMOUNT_MAX = Decimal(1_000_000_000)
OPEN_MAX = 10
"""Payments of one customer that are open at once."""
OPEN_FOR = timedelta(hours=48)
OPEN_FOR_BY_HAND = timedelta(days=14)
_MEMO_BYTES = 5


def open_for(
    customer: Customer,
    method: PaymentMethod,
    amount: Decimal,
    *,
    currency: str,
    token: UUID,
    now: datetime,
    promo_code: str = "",
    step: Decimal | None = None,
) -> Payment:
    """Open a payment over ``amount`` in ``currency`` (the panel's): rate, fee and bonus are
    locked, the promo code is kept for it. The same token again gives the same payment.

    Raises PaymentRefused or CodeRefused; then nothing was opened.
    """
    known = Payment.objects.filter(token=token, customer=customer).first()
    if known:
        return known
    promo = promos.find(customer.pk, promo_code, now=now) if promo_code.strip() else None
    try:
        with transaction.atomic():
            _require_allowed(customer.pk)
            quoted = quote(customer, method, amount, now=now, promo=promo, step=step)
            payment = _created(customer, method, quoted, currency=currency, token=token, now=now)
            if promo:
                promos.keep_for(promo, payment)
    except IntegrityError as error:
        return _opened_meanwhile(error, customer, token)
    return payment


def note_created(
    payment_id: int,
    *,
    reference: str,
    redirect_url: str = "",
    instructions: str = "",
    expires_at: datetime | None = None,
) -> None:
    """The gateway knows of an open payment: its own id, and where the customer pays.

    Raises PaymentRefused when the id is that of another payment.
    """
    columns: dict[str, object] = {"redirect_url": redirect_url, "instructions": instructions}
    if reference:
        columns["reference"] = reference
    if expires_at:
        columns["expires_at"] = expires_at
    still_open = Payment.objects.filter(pk=payment_id, status=Payment.Status.OPEN)
    try:
        with transaction.atomic():
            still_open.update(**columns)
    except IntegrityError as error:
        raise PaymentRefused(_("The gateway names another payment.")) from error


def open_payment(
    customer: Customer, *, gateway: str, reference: str, amount: Decimal, currency: str
) -> Payment:
    """Note that a customer is about to pay ``amount`` without any method's terms."""
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


def _require_allowed(customer_id: int) -> None:
    """Lock the customer; raise PaymentRefused for the frozen and for too many open payments.

    Who is frozen may pay what they owe.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    owes = customer.status == Customer.Status.FROZEN and customer.balance < 0
    if customer.status != Customer.Status.ACTIVE and not owes:
        raise PaymentRefused(_("This account may not pay in at the moment."))
    if customer.payments.filter(status=Payment.Status.OPEN).count() >= OPEN_MAX:
        raise PaymentRefused(_("Please finish or withdraw a payment that is still open first."))


def _created(
    customer: Customer,
    method: PaymentMethod,
    quoted: Quote,
    *,
    currency: str,
    token: UUID,
    now: datetime,
) -> Payment:
    return Payment.objects.create(
        customer=customer,
        method=method,
        gateway=method.gateway,
        reference=str(token),
        token=token,
        amount=quoted.amount,
        currency=currency,
        pay_amount=quoted.pay_amount,
        pay_currency=quoted.pay_currency,
        exchange_rate=method.exchange_rate,
        fee=quoted.fee,
        bonus_rule=quoted.rule,
        bonus_percent=quoted.rule.percent if quoted.rule else ZERO,
        bonus_from=quoted.rule.from_amount if quoted.rule else ZERO,
        memo=_memo(token) if method.is_manual else "",
        created_at=now,
        expires_at=now + (OPEN_FOR_BY_HAND if method.is_manual else OPEN_FOR),
        next_check_at=None if method.is_manual else now + CHECK_EVERY,
    )


def _memo(token: UUID) -> str:
    """What the customer writes on a transfer, so that it is found: eight signs of the token."""
    return base64.b32encode(token.bytes[:_MEMO_BYTES]).decode()


def _opened_meanwhile(error: IntegrityError, customer: Customer, token: UUID) -> Payment:
    """The payment that the same form opened a moment before."""
    if ledger.constraint_of(error) not in ("payment_token_once", "payment_reference_once"):
        raise error
    known = Payment.objects.filter(token=token, customer=customer).first()
    if known is None:
        raise PaymentRefused(_("Please load the page again.")) from error
    return known
