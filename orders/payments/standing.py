"""What a gateway says about a payment now, in our words."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from orders.money import ZERO


class State(StrEnum):
    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A payment as its gateway shows it at one moment. Amounts are in the currency paid.

    ``reference`` is the gateway's own id, ``merchant_reference`` our token as the gateway kept
    it. ``refunded`` is the sum of all that went back, ``disputed`` means open at this moment,
    ``disputed_amount`` how much is in dispute or was lost in one, beyond what is ``refunded``
    (None: all of it), ``fee`` what the gateway keeps. ``state`` is one of State; anything else
    goes to a person.
    """

    state: str
    reference: str
    merchant_reference: str = ""
    paid: Decimal | None = None
    currency: str = ""
    refunded: Decimal = ZERO
    disputed: bool = False
    dispute_lost: bool = False
    disputed_amount: Decimal | None = None
    fee: Decimal | None = None
