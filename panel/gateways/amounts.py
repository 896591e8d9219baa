"""Amounts in the currency that is paid: their smallest step, and exactness on the way."""

import re
from collections.abc import Mapping
from decimal import Decimal

from panel.gateways.protocol import GatewayFailed

AMOUNT_MAX = Decimal(10**15)
"""Beyond every payment, and small enough for every step to be exact."""

# Not left to Decimal, which also takes 1_000, NaN and digits of any script.
_AMOUNT = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")


def require_step(amount: Decimal, currency: str, step: Decimal) -> None:
    """Raise GatewayFailed (a refusal) for an amount that this gateway cannot take exactly.

    Nothing is rounded here: what the customer was shown is what is asked for, or nothing is.
    """
    if not (amount.is_finite() and 0 < amount <= AMOUNT_MAX) or amount % step:
        raise GatewayFailed(
            f"{amount} {currency} is no multiple of {step}, the least this gateway counts.",
            is_refusal=True,
        )


def written(amount: Decimal, step: Decimal) -> str:
    """With exactly the decimals of `step`: 10 with a step of 0.01 is "10.00"."""
    return f"{amount.quantize(step):f}"


def read(value: object) -> Decimal | None:
    """The amount a gateway wrote as a string or a whole number; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def money(value: Mapping[str, object] | None, *, of: str = "value") -> Decimal:
    """As read, for what must be there. Raises GatewayFailed."""
    amount = read((value or {}).get(of))
    if amount is None:
        raise GatewayFailed(f"The gateway's answer has no amount where one belongs ({of}).")
    return amount
