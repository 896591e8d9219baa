"""What a service sells for and what it costs us: pure arithmetic.

The only rounding of the trade happens here, when a rate is set, and it is always up.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext

from orders.money import MONEY_STEP, RATE_PLACES, RATE_STEP, UNITS_PER_RATE, ZERO

HUNDRED = Decimal(100)
RATE_MAX = Decimal(9999999999)
PRECISION = 50


@dataclass(frozen=True)
class Markup:
    """How a rate is made from a cost. Percent and fixed part are added to the cost.

    ``minimum_margin`` is the least percent of the cost that must remain on top of it;
    ``places`` is the number of decimals that the selling rate is rounded up to.
    """

    percent: Decimal = ZERO
    fixed: Decimal = ZERO
    minimum_margin: Decimal = ZERO
    places: int = RATE_PLACES


def converted(cost: Decimal, exchange_rate: Decimal) -> Decimal:
    """A provider's cost in the panel's currency, unrounded."""
    with localcontext(prec=PRECISION):
        return cost * exchange_rate


def selling_rate(cost: Decimal, *, exchange_rate: Decimal, markup: Markup) -> Decimal:
    """Our rate for 1000 units (5 decimals), rounded up to ``markup.places``.

    ValueError when the result is not a price that can be stored.
    """
    base = converted(cost, exchange_rate)
    with localcontext(prec=PRECISION):
        wanted = base * (1 + markup.percent / HUNDRED) + markup.fixed
        least = base * (1 + markup.minimum_margin / HUNDRED)
        rate = rounded_up(max(wanted, least), places=min(markup.places, RATE_PLACES))
    if not ZERO < rate <= RATE_MAX:
        raise ValueError(f"{rate} is not a rate that can be sold.")
    return rate


def keeps_margin(rate: Decimal, cost: Decimal, *, exchange_rate: Decimal, markup: Markup) -> bool:
    """Whether selling at ``rate`` leaves the least margin that ``markup`` asks for."""
    with localcontext(prec=PRECISION):
        least = converted(cost, exchange_rate) * (1 + markup.minimum_margin / HUNDRED)
    return rate >= least


def customer_rate(rate: Decimal, *, discount: Decimal, own: Decimal | None) -> Decimal:
    """The rate that this customer pays: their own one, else the list's less their discount."""
    if own is not None:
        return own
    if not discount:
        return rate
    with localcontext(prec=PRECISION):
        return rounded_up(rate * (1 - discount / HUNDRED), places=RATE_PLACES)


def changed_by(rate: Decimal, percent: Decimal) -> Decimal:
    """``rate`` raised (or lowered, negative) by ``percent``, rounded up; ValueError below 0."""
    with localcontext(prec=PRECISION):
        changed = rounded_up(rate * (1 + percent / HUNDRED), places=RATE_PLACES)
    if not ZERO < changed <= RATE_MAX:
        raise ValueError(f"{changed} is not a rate that can be sold.")
    return changed


def rounded_up(value: Decimal, *, places: int) -> Decimal:
    """``value`` raised to ``places`` decimals, written on the scale of a rate."""
    with localcontext(prec=PRECISION):
        step = Decimal(1).scaleb(-places)
        return value.quantize(step, rounding=ROUND_CEILING).quantize(RATE_STEP)


def cost_of(cost: Decimal, *, exchange_rate: Decimal, units: int) -> Decimal:
    """What ``units`` cost us in the panel's currency (8 decimals, rounded up)."""
    with localcontext(prec=PRECISION):
        exact = cost * exchange_rate * units / UNITS_PER_RATE
        return exact.quantize(MONEY_STEP, rounding=ROUND_CEILING)


def margin_percent(rate: Decimal, cost: Decimal) -> Decimal | None:
    """What remains of the cost on top of it, in percent of the cost; None without a cost."""
    if not cost:
        return None
    with localcontext(prec=PRECISION):
        return (rate - cost) / cost * HUNDRED
