"""Figures as they stand at this moment: what is rolled up, and what was booked since."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max

from orders.figures.facts import FACTS, NAMES, SUMS
from orders.models import LedgerEntry, Part, RolledUp
from orders.models.moments import SLACK, id_around
from orders.money import ZERO

DAYS_MAX = 370
LIVE_ENTRIES_MAX = 50_000
"""So many entries are counted while somebody waits; more are left to the clock."""
LATE = timedelta(hours=1)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_NO_ENTRY = 2**62
_PERCENT = Decimal("0.1")

NEW = f"""
    {FACTS} WHERE e.id >= %s AND e.created_at >=
            coalesce((SELECT until FROM orders_rolledup WHERE id = 1), '-infinity')
"""  # noqa: S608  (names of our own)
"""What is not rolled up yet; the parameter is the id to begin with (`Known.first_id`)."""
_COLUMNS = ", ".join(NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was sold and paid, in the panel's currency."""

    orders: int = 0
    charged: Decimal = ZERO
    returned: Decimal = ZERO
    cost: Decimal = ZERO
    paid_in: Decimal = ZERO
    paid_out: Decimal = ZERO
    granted: Decimal = ZERO

    @property
    def revenue(self) -> Decimal:
        return self.charged - self.returned

    @property
    def profit(self) -> Decimal:
        return self.revenue - self.cost

    @property
    def margin(self) -> Decimal | None:
        """Profit in percent of the revenue; None where nothing was earned."""
        if self.revenue <= 0:
            return None
        return (100 * self.profit / self.revenue).quantize(_PERCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures(Figures):
    day: date


@dataclass(frozen=True, slots=True)
class Period:
    """From a first to a last day (UTC), both included; at most DAYS_MAX days."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not self.first <= self.last < self.first + timedelta(days=DAYS_MAX):
            raise ValueError(f"From {self.first} to {self.last} is no period.")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Known:
    """How far the figures reach: up to ``until``; None: up to this moment."""

    first_id: int
    until: datetime | None

    def is_late(self, now: datetime) -> bool:
        """The clock has to catch up before the figures say anything about today."""
        return self.until is not None and self.until < now - LATE


def last_days(days: int, *, now: datetime) -> Period:
    """The last ``days`` days, of which today is the last one."""
    today = now.astimezone(UTC).date()
    return Period(today - timedelta(days=min(days, DAYS_MAX) - 1), today)


def known() -> Known:
    """Counts no more than LIVE_ENTRIES_MAX entries beyond the mark, then none at all."""
    until = RolledUp.objects.values_list("until", flat=True).first() or BEGINNING
    first_id = id_around(LedgerEntry, until - SLACK)
    newest = LedgerEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if newest - first_id < LIVE_ENTRIES_MAX:
        return Known(first_id, None)
    return Known(_NO_ENTRY, until)


def per_day(*, days: int, now: datetime) -> list[DayFigures]:
    """One row for each of the last ``days`` days, today the last; days without orders as zeros."""
    return each_day(last_days(days, now=now))


def each_day(period: Period, *, part: Part = Part.ALL, subject: int = 0) -> list[DayFigures]:
    """The days of ``period``, of the whole panel or of one service, provider or customer."""
    found = _found(period, part, subject)
    every = [period.first + timedelta(days=number) for number in range(period.days)]
    return [DayFigures(day=day, **found.get(day, {})) for day in every]


def _found(period: Period, part: Part, subject: int) -> dict[date, dict[str, Any]]:
    statement = f"""
        WITH new AS MATERIALIZED ({NEW})
        SELECT day, {SUMS} FROM (
            SELECT since AS day, {_COLUMNS} FROM orders_rolledfigures
             WHERE part = %s AND subject = %s AND span = 'day' AND since BETWEEN %s AND %s
            UNION ALL
            SELECT day, {_COLUMNS} FROM new WHERE "{part}" = %s AND day BETWEEN %s AND %s
        ) AS known GROUP BY day
    """  # noqa: S608  (names of our own)
    bounds: list[Any] = [subject, period.first, period.last]
    with connection.cursor() as cursor:
        cursor.execute(statement, [known().first_id, part, *bounds, *bounds])
        return {day: dict(zip(NAMES, sums, strict=True)) for day, *sums in cursor.fetchall()}
