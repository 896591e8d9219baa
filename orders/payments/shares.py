"""Arithmetic of payments: what is paid for a credit, and what a part of it is worth. Pure."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

from orders.models import Payment, PaymentMethod
from orders.money import MONEY_STEP, ZERO

_PRECISE = Context(prec=80)
_PERCENT = Decimal(100)


def rounded(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    """``value`` as a multiple of ``step``."""
    return _PRECISE.multiply(
        _PRECISE.divide(value, step).to_integral_value(rounding=rounding), step
    )


def fee(method: PaymentMethod, amount: Decimal) -> Decimal:
    """What the customer pays on top of ``amount`` (panel currency), rounded up."""
    if method.fee_borne_by == PaymentMethod.FeeBorneBy.OPERATOR:
        return ZERO
    percent = _PRECISE.divide(_PRECISE.multiply(amount, method.fee_percent), _PERCENT)
    return rounded(_PRECISE.add(method.fee_fixed, percent), MONEY_STEP, ROUND_CEILING)


def to_pay(total: Decimal, exchange_rate: Decimal, step: Decimal) -> Decimal:
    """``total`` (panel currency) in the currency paid, up to its smallest step."""
    return rounded(_PRECISE.divide(total, exchange_rate), step, ROUND_CEILING)


def bonus(amount: Decimal, percent: Decimal) -> Decimal:
    """``percent`` of ``amount``, rounded down."""
    share = _PRECISE.divide(_PRECISE.multiply(amount, percent), _PERCENT)
    return rounded(share, MONEY_STEP, ROUND_FLOOR)


def worth(payment: Payment, received: Decimal) -> Decimal:
    """What to credit for ``received`` (currency paid), at the terms the payment was opened at."""
    return worth_of(payment.amount, payment, received)


def worth_of(part: Decimal, payment: Payment, received: Decimal) -> Decimal:
    """What becomes of a ``part`` of the terms when ``received`` arrives instead of all."""
    share = _PRECISE.divide(_PRECISE.multiply(part, received), payment.pay_amount)
    return rounded(share, MONEY_STEP, ROUND_FLOOR)


def credited_part(payment: Payment, gone: Decimal) -> Decimal:
    """The part of the credit that ``gone`` (currency paid) stands for; all of it for all."""
    paid = paid_amount(payment)
    if gone >= paid:
        return payment.amount
    share = _PRECISE.divide(_PRECISE.multiply(payment.amount, gone), paid)
    return min(rounded(share, MONEY_STEP, ROUND_HALF_EVEN), payment.amount)


def paid_part(payment: Payment, amount: Decimal, step: Decimal) -> Decimal:
    """What ``amount`` of the credit is in the currency paid, down to its smallest step."""
    share = _PRECISE.divide(_PRECISE.multiply(paid_amount(payment), amount), payment.amount)
    return rounded(share, step, ROUND_FLOOR)


def bonus_part(payment: Payment, ahead: Decimal = ZERO) -> Decimal:
    """How much of its bonus must be back by now: its share of what is, all of it for all.

    ``ahead`` is about to be taken back, too.
    """
    gone = payment.taken_back + ahead
    if payment.bonus_revoked_at or gone == payment.amount:
        return payment.bonus
    share = _PRECISE.divide(_PRECISE.multiply(payment.bonus, gone), payment.amount)
    return min(rounded(share, MONEY_STEP, ROUND_HALF_EVEN), payment.bonus)


def paid_amount(payment: Payment) -> Decimal:
    """What arrived, or was asked for while nothing is known."""
    return payment.pay_amount if payment.paid_amount is None else payment.paid_amount
