"""Which rows of the tables of figures make up a period."""

from datetime import date, timedelta

from orders.figures.reading import Period
from orders.models import RolledFigures

Span = RolledFigures.Span
WINDOWS = {7: Span.LAST_7, 30: Span.LAST_30, 90: Span.LAST_90, 365: Span.LAST_365}
"""Periods that end today and are asked for all the time: each is kept as one row."""


def spans_of(period: Period) -> list[tuple[str, date, date]]:
    """Whole months and the days before and after them: (span, first, last)."""
    first_month = period.first if period.first.day == 1 else _next_month(period.first)
    after = (period.last + timedelta(days=1)).replace(day=1)
    if first_month >= after:
        return [(Span.DAY, period.first, period.last)]
    months = [(Span.MONTH, first_month, after - timedelta(days=1))]
    before = [(Span.DAY, period.first, first_month - timedelta(days=1))]
    rest = [(Span.DAY, after, period.last)]
    return [span for span in before + months + rest if span[1] <= span[2]]


def window_to(last: date, days: int) -> Period:
    """The ``days`` that end with ``last``."""
    return Period(last - timedelta(days=days - 1), last)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
