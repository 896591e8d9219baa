"""The rows of a report, with the names of what they are about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orders import figures
from orders.figures import DayFigures, Figures, PartFigures, Period
from orders.models import Customer, Part, Service
from panel.backoffice.reports.asking import DAY, MONTH, Question
from providers.models import Provider

ROWS_SHOWN = 50
SPANS_SHOWN = 100
NAMED: dict[str, QuerySet[Any]] = {
    Part.SERVICE: Service.objects.all(),
    Part.PROVIDER: Provider.objects.all(),
    Part.CUSTOMER: Customer.objects.all(),
}
AMOUNTS = ("orders", "charged", "returned", "cost", "paid_in", "paid_out", "granted")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. ``subject`` is 0 for what has no page of its own."""

    label: str
    figures: Figures
    subject: int = 0
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """What is shown; ``others`` are the rows beyond ROWS_SHOWN or SPANS_SHOWN together."""

    rows: list[Row]
    drawn: list[Row]
    total: Figures
    before: Figures
    """The same length of time before."""
    others: Figures | None = None
    others_count: int = 0


def table(question: Question) -> Table:
    before = _sum(figures.each_day(_before(question.period), **_whose(question)))
    if question.is_of_spans:
        return _table_of_spans(question, before)
    part = Part(question.by)
    found = figures.share(
        part,
        question.period,
        sort=question.sort,
        is_rising=question.is_rising,
        limit=ROWS_SHOWN,
    )
    names = names_of(part, [row.subject for row in found.rows])
    rows = [Row(names[row.subject], row, row.subject) for row in found.rows]
    others = found.others if found.others_count else None
    return Table(rows, rows, found.total, before, others, found.others_count)


def _table_of_spans(question: Question, before: Figures) -> Table:
    days = figures.each_day(question.period, **_whose(question))
    drawn = in_months(days) if question.by == MONTH else in_time(days)
    rows = _sorted(drawn, question)
    rest = [row.figures for row in rows[SPANS_SHOWN:]]
    others = _sum(rest) if rest else None
    return Table(rows[:SPANS_SHOWN], drawn, _sum(days), before, others, len(rest))


def names_of(part: Part, ids: Sequence[int]) -> dict[int, str]:
    """How each one is called; those that are gone by their number."""
    found = dict(NAMED[part].filter(pk__in=ids).values_list("pk", "name"))
    return {0: _("By hand")} | {pk: found.get(pk, str(pk)) for pk in ids if pk}


def in_time(days: Iterable[DayFigures]) -> list[Row]:
    """Days as rows, in the order of time."""
    return [
        Row(date_format(day.day, "SHORT_DATE_FORMAT"), day, first=day.day, last=day.day)
        for day in days
    ]


def _whose(question: Question) -> dict[str, Any]:
    return {"part": question.part, "subject": question.subject}


def _before(period: Period) -> Period:
    days = timedelta(days=period.days)
    return Period(period.first - days, period.last - days)


def in_months(days: Iterable[DayFigures]) -> list[Row]:
    """Months as rows, in the order of time; the first and last hold the days asked for alone."""
    months = [list(rows) for _month, rows in groupby(days, key=lambda row: row.day.replace(day=1))]
    return [
        Row(
            date_format(rows[0].day, "YEAR_MONTH_FORMAT"),
            _sum(rows),
            first=rows[0].day,
            last=rows[-1].day,
        )
        for rows in months
    ]


def _sorted(rows: list[Row], question: Question) -> list[Row]:
    if question.sort == DAY:
        return rows if question.is_rising else rows[::-1]
    return sorted(
        rows,
        key=lambda row: (getattr(row.figures, question.sort), row.first),
        reverse=not question.is_rising,
    )


def _sum(rows: Sequence[Figures | PartFigures]) -> Figures:
    sums: dict[str, Any] = {
        name: sum((getattr(row, name) for row in rows), Decimal(0)) for name in AMOUNTS
    }
    return Figures(**sums | {"orders": int(sums["orders"])})
