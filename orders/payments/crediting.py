"""A payment is credited: once, with the bonus and the promo code that were promised with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from orders import ledger
from orders.models import LedgerEntry, Payment, PaymentDoubt, PromoUse
from orders.models.ledger import Kind
from orders.money import ZERO
from orders.payments import doubting, shares
from orders.payments.promos import given_by

WATCHED_FOR = timedelta(days=180)
"""So long after it was settled, a payment may still be refunded or disputed."""
WATCH_FIRST = timedelta(days=1)
ANSWERED_BY_CREDIT = frozenset(
    {
        PaymentDoubt.Reason.AMOUNT,
        PaymentDoubt.Reason.CURRENCY,
        PaymentDoubt.Reason.REFERENCE,
        PaymentDoubt.Reason.LATE,
        PaymentDoubt.Reason.UNKNOWN_STATE,
    }
)


@dataclass(frozen=True, slots=True)
class Promised:
    """On top of a payment, in the panel's currency."""

    bonus: Decimal
    promo: Decimal


def credit(
    payment: Payment,
    *,
    paid: Decimal,
    now: datetime,
    actor: str = "",
    gateway_fee: Decimal | None = None,
) -> LedgerEntry:
    """Credit an open or waiting payment, for which ``paid`` has arrived, and its bonuses.

    The caller holds the payment's lock. Raises AlreadyBooked (of orders.ledger).
    """
    payment.paid_amount, payment.gateway_fee, payment.settled_at = paid, gateway_fee, now
    payment.next_check_at = next_look(payment, now=now)
    payment.save(update_fields=["paid_amount", "gateway_fee", "settled_at", "next_check_at"])
    entry = ledger.top_up(payment, actor=actor)
    # The customer's lock is held from here on: a use of a promo code cannot be moved away.
    _give_bonus(payment)
    _give_promo(payment)
    payment.refresh_from_db()
    doubting.close_of(payment, ANSWERED_BY_CREDIT, note="credited", actor=actor, now=now)
    return entry


def next_look(payment: Payment, *, now: datetime) -> datetime | None:
    """When to ask about a settled payment again: the older it is the more rarely, then never."""
    if payment.settled_at is None or payment.method is None or payment.method.is_manual:
        return None
    age = now - payment.settled_at
    return now + max(age, WATCH_FIRST) if age < WATCHED_FOR else None


def promised(payment: Payment) -> Promised:
    """What would be given on top of an open payment if it were paid now."""
    use = PromoUse.objects.filter(payment=payment).select_related("promo").first()
    return Promised(_bonus(payment), given_by(use.promo, payment.amount) if use else ZERO)


def _bonus(payment: Payment) -> Decimal:
    if not payment.bonus_percent or payment.amount < payment.bonus_from:
        return ZERO
    return shares.bonus(payment.amount, payment.bonus_percent)


def _give_bonus(payment: Payment) -> None:
    amount = _bonus(payment)
    if amount:
        ledger.follow_payment(payment, Kind.BONUS, amount, cause=f"bonus:{payment.pk}")


def _give_promo(payment: Payment) -> None:
    use = PromoUse.objects.filter(payment=payment).select_related("promo").first()
    amount = given_by(use.promo, payment.amount) if use else ZERO
    if use and amount:
        ledger.follow_payment(payment, Kind.BONUS, amount, cause=f"promo:{use.pk}")
