"""Which tax is in a price, and how much of it. Prices include tax."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from django.db.models import Q

from orders.currencies import minor_step
from orders.models import TaxRate
from orders.money import ZERO

HUNDRED = 100
_WIDE = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Tax:
    """What a paper says about tax; without a name there is none."""

    name: str = ""
    percent: Decimal = ZERO
    note: str = ""


def tax_for(country: str, *, is_business: bool) -> Tax:
    """The rate of the country, else that of all others, else none.

    Businesses (customers with a tax number) have the rate made for them, if there is one.
    """
    rates = TaxRate.objects.filter(Q(country=country) | Q(country=""))
    if not is_business:
        rates = rates.filter(for_business=False)
    best = max(rates, key=lambda rate: (rate.country != "", rate.for_business), default=None)
    return Tax(best.name, best.percent, best.note) if best else Tax()


def split(gross: Decimal, percent: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """Net and tax of an amount that includes ``percent`` tax; together exactly ``gross``.

    The net amount is rounded to what can be paid in ``currency``, halves up.
    """
    if not percent:
        return gross, ZERO
    with localcontext(_WIDE):
        exact = gross * HUNDRED / (HUNDRED + percent)
        net = exact.quantize(minor_step(currency), rounding=ROUND_HALF_UP)
        net = min(net, gross)
        return net, gross - net
