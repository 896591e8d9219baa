"""The days of providers with what staff noted, and what is left that nobody explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum

from orders.ledger import constraint_of
from orders.models import BalanceReading, ProviderDay, ProviderTopUp
from orders.money import ZERO

TOLERANCE = Decimal("0.01")
"""In the provider's currency: balances are shown rounded there."""
DAYS_MAX = 370
READINGS_MAX = 500


class AlreadyNoted(Exception):
    """The same form was sent twice; it was noted once."""


@dataclass(frozen=True, slots=True)
class Day:
    """One provider and day; all amounts in the provider's currency."""

    row: ProviderDay
    topped_up: Decimal
    """What staff noted besides our orders."""

    @property
    def movement(self) -> Decimal:
        return (self.row.closed or ZERO) - (self.row.opened or ZERO)

    @property
    def expected(self) -> Decimal:
        """How the balance had to move by our orders and what staff noted."""
        return self.row.returned - self.row.spent + self.topped_up

    @property
    def difference(self) -> Decimal:
        """What nobody explained: below zero, the provider took more than we know of."""
        return self.movement - self.expected

    @property
    def is_explained(self) -> bool:
        return abs(self.difference) <= TOLERANCE


def between(since: date, until: date, *, provider_id: int | None = None) -> list[Day]:
    """All days of these, newest first; up to DAYS_MAX days for each provider."""
    rows = ProviderDay.objects.filter(day__gte=since, day__lte=until).select_related("provider")
    if provider_id is not None:
        rows = rows.filter(provider=provider_id)
    if (until - since).days >= DAYS_MAX:
        raise ValueError(f"At most {DAYS_MAX} days.")
    return _with_notes(list(rows.order_by("-day", "provider__name").defer("provider__api_key")))


def of_provider(provider_id: int, day: date) -> Day:
    """One of them. Raises ProviderDay.DoesNotExist."""
    rows = ProviderDay.objects.select_related("provider").defer("provider__api_key")
    return _with_notes([rows.get(provider=provider_id, day=day)])[0]


def readings_of(day: ProviderDay) -> list[tuple[BalanceReading, Decimal | None]]:
    """The readings of a day, oldest first, each with its step from the one before."""
    found = list(
        BalanceReading.objects.filter(
            provider=day.provider_id, seen_at__gte=day.opened_at, at__lte=day.closed_at
        ).order_by("at")[:READINGS_MAX]
    )
    steps = [None, *(after.balance - before.balance for before, after in pairwise(found))]
    return list(zip(found, steps, strict=False))


def note_top_up(
    provider_id: int, day: date, amount: Decimal, *, reason: str, actor: str, token: UUID
) -> ProviderTopUp:
    """Note what moved the balance besides our orders; a wrong note is undone by its opposite.

    Raises AlreadyNoted for a token that was used.
    """
    try:
        with transaction.atomic():
            return ProviderTopUp.objects.create(
                provider_id=provider_id,
                day=day,
                amount=amount,
                reason=reason,
                actor=actor,
                token=token,
            )
    except IntegrityError as error:
        if constraint_of(error) == "orders_providertopup_token_key":
            raise AlreadyNoted from error
        raise


def _with_notes(rows: Sequence[ProviderDay]) -> list[Day]:
    days = [row.day for row in rows]
    notes = ProviderTopUp.objects.filter(
        provider__in={row.provider_id for row in rows}, day__in=set(days)
    )
    sums: dict[tuple[int, date], Decimal] = {
        (provider_id, day): total
        for provider_id, day, total in notes.order_by()
        .values_list("provider_id", "day")
        .annotate(total=Sum("amount"))
    }
    return [Day(row, sums.get((row.provider_id, row.day), ZERO)) for row in rows]
