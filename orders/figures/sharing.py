"""Who brought how much: the services, providers or customers of a period, the greatest first.

The last 7, 30, 90 and 365 days are one row for each of them. Of other periods whole months are read
as months, and the rest as days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from orders.figures.facts import NAMES, SUMS
from orders.figures.reading import NEW, Figures, Period, known
from orders.figures.spans import WINDOWS, spans_of
from orders.models import Part

BATCH = 2_000
NEVER = date.min
"""No window ends with that day."""
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
     WHERE part = %s AND span = %s AND since BETWEEN %s AND %s AND %s IS DISTINCT FROM
           (SELECT windows_to FROM orders_rolledup WHERE id = 1)
"""  # noqa: S608  (names of our own)
_WINDOW = f"""
    SELECT subject, {_COLUMNS} FROM orders_rolledfigures
     WHERE part = %s AND span = %s AND since = %s AND %s =
           (SELECT windows_to FROM orders_rolledup WHERE id = 1)
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
    rolled = " UNION ALL ".join(statement for statement, _values in _rolled(part, period))
    return f"""
        WITH new AS MATERIALIZED ({NEW}),
        known AS ({rolled} UNION ALL
            SELECT "{part}", {_COLUMNS} FROM new WHERE "{part}" >= 0 AND day BETWEEN %s AND %s),
        sums (subject, {_COLUMNS}) AS (SELECT subject, {SUMS} FROM known GROUP BY subject)
        SELECT subject, {_COLUMNS}, count(*) OVER (), {_TOTALS} FROM sums {ending}
    """  # noqa: S608  (names of our own)


def _values(part: Part, period: Period) -> list[Any]:
    rolled = [value for _statement, values in _rolled(part, period) for value in values]
    return [known().first_id, *rolled, period.first, period.last]


def _rolled(part: Part, period: Period) -> Iterator[tuple[str, list[Any]]]:
    """What to read of the tables: the window of the period if it stands now, or its days."""
    window = WINDOWS.get(period.days)
    if window:
        yield _WINDOW, [part, window, period.first, period.last]
    for span, first, until in spans_of(period):
        yield _SPAN, [part, span, first, until, period.last if window else NEVER]


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
