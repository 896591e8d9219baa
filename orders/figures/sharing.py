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
    "orders": "sums.orders",
    "revenue": "sums.charged - sums.returned",
    "returned": "sums.returned",
    "cost": "sums.cost",
    "profit": "sums.charged - sums.returned - sums.cost",
    "paid_in": "sums.paid_in",
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
_PLUS = ", ".join(f"rolled.{name} + coalesce(fresh.{name}, 0)" for name in NAMES)


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
    return f"{SORTS[sort]} {'ASC' if is_rising else 'DESC'}, sums.subject"


def _statement(part: Part, period: Period, ending: str) -> str:
    """Either the window of the period stands now, or its days and months are summed up."""
    spans = " UNION ALL ".join([_SPAN] * len(spans_of(period)))
    return f"""
        WITH new AS MATERIALIZED ({NEW}),
        fresh (subject, {_COLUMNS}) AS (
            SELECT "{part}", {SUMS} FROM new
             WHERE "{part}" >= 0 AND day BETWEEN %s AND %s GROUP BY 1),
        rolled (subject, {_COLUMNS}) AS ({_WINDOW} UNION ALL
            SELECT subject, {SUMS} FROM ({spans}) AS spans GROUP BY subject),
        sums (subject, {_COLUMNS}) AS MATERIALIZED (
            SELECT subject, {_PLUS} FROM rolled LEFT JOIN fresh USING (subject) UNION ALL
            SELECT * FROM fresh WHERE subject NOT IN (SELECT subject FROM rolled))
        SELECT sums.*, total.* FROM sums, (SELECT count(*), {SUMS} FROM sums) AS total
        {ending}
    """  # noqa: S608  (names of our own)


def _values(part: Part, period: Period) -> list[Any]:
    window = WINDOWS.get(period.days)
    windows_to = period.last if window else NEVER
    spans = [[part, *span, windows_to] for span in spans_of(period)]
    return [
        *(known().first_id, period.first, period.last),
        *(part, window or "", period.first, windows_to),
        *(value for span in spans for value in span),
    ]


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
