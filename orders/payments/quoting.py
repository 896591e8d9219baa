"""What paying in some amount by some method would mean for a customer; writes nothing."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.currencies import minor_step
from orders.models import BonusRule, Customer, PaymentMethod, PromoCode
from orders.money import MONEY_STEP, ZERO, on_scale, plain
from orders.payments import promos, shares
from orders.payments.bonuses import best_rule
from orders.payments.refusal import PaymentRefused


@dataclass(frozen=True, slots=True)
class Quote:
    """What paying ``amount`` (panel currency) in by some method means."""

    amount: Decimal
    fee: Decimal
    pay_amount: Decimal
    pay_currency: str
    rule: BonusRule | None
    bonus: Decimal
    promo_bonus: Decimal

    @property
    def credited(self) -> Decimal:
        return self.amount + self.bonus + self.promo_bonus


def methods_for(customer: Customer) -> list[PaymentMethod]:
    """The ways to pay that are open to this customer, in their order."""
    return [m for m in PaymentMethod.objects.filter(is_active=True) if _is_for(m, customer)]


def quote(
    customer: Customer,
    method: PaymentMethod,
    amount: Decimal,
    *,
    now: datetime,
    promo: PromoCode | None = None,
    step: Decimal | None = None,
) -> Quote:
    """What the customer would pay and get; writes nothing.

    ``step`` is the least the gateway counts in the method's currency (None: as usual for it).
    Raises PaymentRefused, or CodeRefused for the promo code.
    """
    amount = _require_amount(method, amount)
    if not method.is_active or not _is_for(method, customer):
        raise PaymentRefused(_("This way to pay is not available."))
    if promo is not None:
        promos.require_fit(promo, method, amount, now=now)
    fee, rule = shares.fee(method, amount), best_rule(method, amount, now=now)
    least = max(step or ZERO, minor_step(method.currency))
    return Quote(
        amount=amount,
        fee=fee,
        pay_amount=shares.to_pay(amount + fee, method.exchange_rate, least),
        pay_currency=method.currency,
        rule=rule,
        bonus=shares.bonus(amount, rule.percent) if rule else ZERO,
        promo_bonus=promos.given_by(promo, amount) if promo else ZERO,
    )


def _require_amount(method: PaymentMethod, amount: Decimal) -> Decimal:
    if not amount.is_finite() or not method.min_amount <= amount <= method.max_amount:
        limits = {"least": plain(method.min_amount), "most": plain(method.max_amount)}
        raise PaymentRefused(_("The amount must be from %(least)s to %(most)s.") % limits)
    try:
        return on_scale(amount, MONEY_STEP)
    except ValueError as error:
        raise PaymentRefused(_("The amount has too many decimals.")) from error


def _is_for(method: PaymentMethod, customer: Customer) -> bool:
    """Whether the method is open to the customer's country and group."""
    by_country = not method.countries or customer.country in method.countries
    return by_country and (not method.groups or customer.group in method.groups)
