"""Who brought how much: the services, providers or customers of a period, the greatest first.

Whole months are read as months, so that a year is no more than 12 rows for each of them, and the
days at its edges.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from orders.figures.facts import NAMES, SUMS
from orders.figures.reading import NEW, Figures, Period, known
from orders.models import Part

BATCH = 2_000
SORTS = {
    "orders": "orders",
    "revenue": "charged - returned",
    "returned": "returned",
    "cost": "cost",
    "profit": "charged - returned - cost",
    "paid_in": "paid_in",
}
_COLUMNS = ", ".join(NAMES)
_SPAN = f"""
    SELECT subject, {_COLUMNS} FROM orders_rolledfigures
     WHERE part = %s AND span = %s AND since BETWEEN %s AND %s
"""  # noqa: S608  (names of our own)
_TOTALS = ", ".join(f"sum({name}) OVER ()" for name in NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFigures(Figures):
    """Of one service, provider or customer; 0 is what staff deliver by hand."""

    subject: int


@dataclass(frozen=True, slots=True)
class Share:
    """The greatest ones, all the others together, and the sum of both."""

    rows: list[PartFigures]
    others: Figures
    others_count: int
    total: Figures


def share(
    part: Part, period: Period, *, sort: str = "revenue", is_rising: bool = False, limit: int
) -> Share:
    """The first ``limit`` by ``sort`` (a key of SORTS), and what the others come to."""
    ending = f"ORDER BY {_order(sort, is_rising)} LIMIT {limit:d}"
    with connection.cursor() as cursor:
        cursor.execute(_statement(part, period, ending), _values(part, period))
        found = cursor.fetchall()
    if not found:
        return Share([], Figures(), 0, Figures())
    width = 1 + len(NAMES)
    rows = [_row(line[:width]) for line in found]
    count, *totals = found[0][width:]
    total = _figures(totals)
    return Share(rows, _less(total, rows), count - len(rows), total)


def each_part(
    part: Part, period: Period, *, sort: str = "revenue", is_rising: bool = False
) -> Iterator[PartFigures]:
    """All of them, read from the server BATCH by BATCH."""
    ending = f"ORDER BY {_order(sort, is_rising)}"
    with connection.chunked_cursor() as cursor:
        cursor.execute(_statement(part, period, ending), _values(part, period))
        while batch := cursor.fetchmany(BATCH):
            for line in batch:
                yield _row(line[: 1 + len(NAMES)])


def _order(sort: str, is_rising: bool) -> str:
    return f"{SORTS[sort]} {'ASC' if is_rising else 'DESC'}, subject"


def _statement(part: Part, period: Period, ending: str) -> str:
    spans = [_SPAN for _ in _spans(period)]
    return f"""
        WITH new AS MATERIALIZED ({NEW}),
        known AS ({" UNION ALL ".join(spans)} UNION ALL
            SELECT "{part}", {_COLUMNS} FROM new WHERE "{part}" >= 0 AND day BETWEEN %s AND %s),
        sums (subject, {_COLUMNS}) AS (SELECT subject, {SUMS} FROM known GROUP BY subject)
        SELECT subject, {_COLUMNS}, count(*) OVER (), {_TOTALS} FROM sums {ending}
    """  # noqa: S608  (names of our own)


def _values(part: Part, period: Period) -> list[Any]:
    spans = [value for span in _spans(period) for value in (part, *span)]
    return [known().first_id, *spans, period.first, period.last]


def _spans(period: Period) -> list[tuple[str, date, date]]:
    """The period as whole months and the days before and after them: (span, first, last)."""
    first_month = period.first if period.first.day == 1 else _next_month(period.first)
    end = period.last + timedelta(days=1)
    after = _month(end)
    if first_month >= after:
        return [("day", period.first, period.last)]
    months = [("month", first_month, after - timedelta(days=1))]
    before = [("day", period.first, first_month - timedelta(days=1))]
    rest = [("day", after, period.last)]
    return [span for span in before + months + rest if span[1] <= span[2]]


def _month(day: date) -> date:
    return day.replace(day=1)


def _next_month(day: date) -> date:
    return _month(_month(day) + timedelta(days=31))


def _row(line: tuple[Any, ...]) -> PartFigures:
    subject, *values = line
    return PartFigures(subject=subject, **dict(zip(NAMES, values, strict=True)))


def _figures(values: list[Any]) -> Figures:
    numbers = dict(zip(NAMES, values, strict=True))
    return Figures(**numbers | {"orders": int(numbers["orders"])})


def _less(total: Figures, rows: list[PartFigures]) -> Figures:
    """What is left of ``total`` beside ``rows``; exact, as all of it is."""
    left: dict[str, Any] = {
        name: getattr(total, name) - sum((getattr(row, name) for row in rows), Decimal(0))
        for name in NAMES
    }
    return Figures(**left | {"orders": int(left["orders"])})
