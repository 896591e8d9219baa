"""A report as a file: every row, every digit."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from orders import figures
from orders.figures import Figures, PartFigures
from orders.models import Part
from orders.money import plain
from panel import spreadsheets
from panel.backoffice import auditing
from panel.backoffice.access import Staff, staff_page
from panel.backoffice.reports.asking import MONTH, Question, asked
from panel.backoffice.reports.tables import in_months, in_time, names_of
from panel.backoffice.rights import Right
from panel.clock import database_now
from panel.context import storefront_of

BATCH = 1_000
HEAD = (
    "Currency", "Orders", "Charged", "Refunded", "Revenue", "Cost", "Profit", "Paid in",
    "Paid out", "Granted",
)  # fmt: skip
HEAD_OF_SPANS = ("From", "To")
HEAD_OF_PARTS = ("Number", "Name")


@require_safe
@staff_page(Right.REPORTS)
def report_csv(request: HttpRequest, staff: Staff) -> StreamingHttpResponse:
    """All rows of the report, streamed; who took it is written down."""
    question = asked(request.GET, now=database_now())
    auditing.record(
        request, staff, "report.export", subject="report", subject_id=0, new=request.GET.dict()
    )
    currency = storefront_of(request).currency
    period = question.period
    name = f"{question.by}-{period.first}-{period.last}.csv"
    if question.is_of_spans:
        return spreadsheets.streamed(HEAD_OF_SPANS + HEAD, _spans(question, currency), name=name)
    return spreadsheets.streamed(HEAD_OF_PARTS + HEAD, _parts(question, currency), name=name)


def _spans(question: Question, currency: str) -> Iterator[list[Any]]:
    days = figures.each_day(question.period, part=question.part, subject=question.subject)
    for row in in_months(days) if question.by == MONTH else in_time(days):
        yield [row.first, row.last, currency, *_amounts(row.figures)]


def _parts(question: Question, currency: str) -> Iterator[list[Any]]:
    part = Part(question.by)
    found = figures.each_part(
        part, question.period, sort=question.sort, is_rising=question.is_rising
    )
    while batch := list(islice(found, BATCH)):
        names = names_of(part, [row.subject for row in batch])
        for row in batch:
            yield _line(row, names[row.subject], currency)


def _line(row: PartFigures, name: str, currency: str) -> list[Any]:
    return [row.subject, name, currency, *_amounts(row)]


def _amounts(row: Figures) -> list[Any]:
    amounts = (
        *(row.charged, row.returned, row.revenue, row.cost, row.profit),
        *(row.paid_in, row.paid_out, row.granted),
    )
    return [row.orders, *(plain(amount) for amount in amounts)]
