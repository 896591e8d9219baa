"""How Stripe counts money: whole numbers of the smallest unit, and which unit that is.

After "Supported currencies" of Stripe's documentation: zero-decimal and three-decimal currencies,
and the special cases.
"""

from decimal import Decimal

from panel.gateways.amounts import require_step
from panel.gateways.protocol import GatewayFailed

ZERO_DECIMAL = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
     "XOF", "XPF"}
)  # fmt: skip
# Counted in thousandths, but the last digit must be 0.
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# Without decimals by now, and still counted in hundredths, of which the last two must be 0.
WHOLE_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})

WHOLE = Decimal(1)
HUNDREDTH = Decimal("0.01")


def step(currency: str) -> Decimal:
    """The least difference between two amounts that Stripe takes."""
    code = currency.upper()
    return WHOLE if code in ZERO_DECIMAL | WHOLE_IN_HUNDREDTHS else HUNDREDTH


def counted(amount: Decimal, currency: str) -> int:
    """The amount as Stripe counts it. Raises GatewayFailed where that would round it."""
    require_step(amount, currency, step(currency))
    return int(amount.scaleb(_places(currency)))


def uncounted(units: object, currency: str) -> Decimal:
    """The amount that Stripe counted. Raises GatewayFailed for anything but a whole number."""
    if isinstance(units, bool) or not isinstance(units, int):
        raise GatewayFailed("Stripe's answer has no whole number where an amount belongs.")
    return Decimal(units).scaleb(-_places(currency))


def _places(currency: str) -> int:
    code = currency.upper()
    if code in ZERO_DECIMAL:
        return 0
    return 3 if code in THREE_DECIMAL else 2
