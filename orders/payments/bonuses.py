"""Bonuses of payments: which rule counts, and how staff take a bonus back."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from orders.models import BonusRule, Payment, PaymentMethod, PromoUse
from orders.money import ZERO
from orders.payments import promos, reversing, shares
from orders.payments.refusal import PaymentRefused, locked


def best_rule(method: PaymentMethod, amount: Decimal, *, now: datetime) -> BonusRule | None:
    """The rule with the highest percent of those that fit; of equal ones the newest."""
    fitting = BonusRule.objects.filter(
        Q(method=None) | Q(method=method),
        Q(starts_at=None) | Q(starts_at__lte=now),
        Q(ends_at=None) | Q(ends_at__gt=now),
        is_active=True,
        from_amount__lte=amount,
    )
    return fitting.order_by("-percent", "-id").first()


def promised(payment: Payment, amount: Decimal) -> Decimal:
    """What it was promised on top, were it credited with ``amount``: bonus and promo code."""
    has_bonus = amount >= payment.bonus_from
    bonus = shares.bonus(amount, payment.bonus_percent) if has_bonus else ZERO
    use = PromoUse.objects.filter(payment=payment).select_related("promo").first()
    return bonus + (promos.given_by(use.promo, amount) if use else ZERO)


@transaction.atomic
def revoke(payment_id: int, *, actor: str, reason: str, now: datetime) -> Decimal:
    """Take back what is left of a payment's bonus, promo code included, for good.

    Returns what was taken. Raises PaymentRefused when there is none, InsufficientBalance (of
    orders.ledger) below the customer's floor; then nothing was booked.
    """
    payment = locked(payment_id)
    if payment.bonus_revoked_at is not None or payment.bonus_back == payment.bonus:
        raise PaymentRefused(_("There is no bonus to take back."))
    payment.bonus_revoked_at = now
    payment.save(update_fields=["bonus_revoked_at"])
    return reversing.revoke_bonus(payment, actor=actor, reason=reason)


def is_revocable(payment: Payment) -> bool:
    """Whether some of its bonus could still be taken back."""
    return payment.bonus_revoked_at is None and payment.bonus_back < payment.bonus
