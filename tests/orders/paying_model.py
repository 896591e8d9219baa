"""A payment as plain arithmetic has it, to hold the book against."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import floor

STEP = Decimal("0.00000001")


def money(value: Fraction) -> Decimal:
    """To the eighth decimal; half to even, as ``round`` does."""
    return Decimal(round(value * 10**8)) * STEP


def cut(value: Fraction) -> Decimal:
    return Decimal(floor(value * 10**8)) * STEP


@dataclass
class Paying:
    """What the model knows of a payment, and what its gateway would say."""

    id: int
    who: int
    amount: Decimal
    asked: Decimal
    has_promo: bool
    status: str = "open"
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    is_disputed: bool = False
    is_lost: bool = False
    contested: Decimal | None = None
    is_revoked: bool = False
    repaid: dict[int, Decimal] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    taken: Decimal = Decimal(0)
    bonus: Decimal = Decimal(0)
    bonus_back: Decimal = Decimal(0)

    def total(self) -> Decimal:
        """How much should be back by now."""
        if self.refunded >= self.paid:
            return self.amount
        back = max(sum(self.repaid.values(), Decimal(0)), self._share(self.refunded))
        if not (self.is_disputed or self.is_lost):
            return back
        if self.contested is None or self.refunded + self.contested >= self.paid:
            return self.amount
        return min(back + self._share(self.contested), self.amount)

    def _share(self, gone: Decimal) -> Decimal:
        return money(Fraction(self.amount) * Fraction(gone) / Fraction(self.paid))

    def bonus_total(self, taken: Decimal) -> Decimal:
        if self.is_revoked or taken == self.amount:
            return self.bonus
        return money(Fraction(self.bonus) * Fraction(taken) / Fraction(self.amount))
