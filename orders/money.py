"""Money: two scales, exact products, and fields that refuse what is not exact.

Rates have 5 decimals and are for 1000 units, amounts have 8. Therefore
``rate * units / 1000`` always fits an amount to the last digit, and no charge or refund
is ever rounded. Setting a rate is the only place that rounds (``orders.pricing``).
"""

from decimal import ROUND_FLOOR, Context, Decimal, Inexact, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

RATE_PLACES = 5
MONEY_PLACES = 8
UNITS_PER_RATE = 1000
MONEY_DIGITS = 24
RATE_DIGITS = 16

RATE_STEP = Decimal(1).scaleb(-RATE_PLACES)
MONEY_STEP = Decimal(1).scaleb(-MONEY_PLACES)
ZERO = Decimal(0)

_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation])


def product(rate: Decimal, units: int) -> Decimal:
    """What ``units`` cost at ``rate`` per 1000: exact, 8 decimals."""
    return _EXACT.quantize(_EXACT.multiply(rate, Decimal(units).scaleb(-3)), MONEY_STEP)


def on_scale(value: Decimal, step: Decimal) -> Decimal:
    """``value`` written with the decimals of ``step``; ValueError if that would round it."""
    if not value.is_finite():
        raise ValueError(f"{value} is not a number.")
    try:
        return _EXACT.quantize(value, step)
    except (Inexact, InvalidOperation) as error:
        raise ValueError(f"{value} does not fit a scale of {step}.") from error


def exact(value: Decimal) -> Decimal:
    """``value`` as an amount, for SQL written by hand.

    TypeError for anything but a Decimal, ValueError for digits beyond the scale, NaN or Infinity.
    """
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r}: money is Decimal, nothing else.")
    return on_scale(value, MONEY_STEP)


def readable(amount: Decimal, *, places: int = 2) -> Decimal:
    """A balance as people read it: rounded down, so that it never promises too much."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_FLOOR)


def plain(amount: Decimal) -> str:
    """Every digit that counts, never an exponent: ``0.27819``, ``100``."""
    text = f"{amount:f}" if amount else "0"  # zero can have a sign
    return text.rstrip("0").rstrip(".") if "." in text else text


if TYPE_CHECKING:
    _DecimalField = models.DecimalField[Any, Any]
else:
    _DecimalField = models.DecimalField


class _ExactDecimalField(_DecimalField):
    """A decimal column that refuses floats and digits beyond its scale."""

    scale_digits = 0
    scale_places = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", self.scale_digits)
        kwargs.setdefault("decimal_places", self.scale_places)
        super().__init__(*args, **kwargs)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, float):
            raise TypeError(f"{self.name}: money is Decimal, never float.")
        if isinstance(value, int | str):
            value = Decimal(value)
        if isinstance(value, Decimal):
            value = on_scale(value, Decimal(1).scaleb(-self.scale_places))
        return super().get_db_prep_value(value, connection, prepared)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, float):
            raise ValidationError("Money is Decimal, never float.", code="float")
        return super().to_python(value)


class RateField(_ExactDecimalField):
    """A price for 1000 units, 5 decimals."""

    scale_digits = RATE_DIGITS
    scale_places = RATE_PLACES


class MoneyField(_ExactDecimalField):
    """An amount in the panel's currency, 8 decimals."""

    scale_digits = MONEY_DIGITS
    scale_places = MONEY_PLACES
