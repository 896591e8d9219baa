"""The page of reports: a period, the figures of it, drawn and in a table."""

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders import figures
from orders.figures import Figures
from orders.models import Part
from panel.backoffice.access import Staff, staff_page
from panel.backoffice.reports.asking import PRESETS_DAYS, SPANS, TITLES, Question, asked
from panel.backoffice.reports.charts import charts
from panel.backoffice.reports.tables import Table, names_of, table
from panel.backoffice.rights import Right
from panel.clock import database_now
from panel.context import storefront_of

_PERCENT = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the address it sorts by; ``aria`` says how the table is sorted now."""

    name: str
    title: str
    sort: str
    aria: str


@dataclass(frozen=True, slots=True)
class Card:
    """A figure of the whole period with how it changed against the one before, in percent."""

    title: str
    value: Decimal | int
    change: Decimal | None
    is_money: bool = True
    note: Decimal | None = None


@require_safe
@staff_page(Right.REPORTS)
def reports(request: HttpRequest, staff: Staff) -> HttpResponse:
    now = database_now()
    question = asked(request.GET, now=now)
    found = table(question)
    known = figures.known()
    context = {
        "question": question,
        "tabs": [(code, title, code in SPANS) for code, title in TITLES.items()],
        "presets": PRESETS_DAYS,
        "table": found,
        "cards": _cards(found, question),
        "columns": _columns(question),
        "charts": charts(question, found, storefront_of(request).currency),
        "whose": _whose(question),
        "has_payments": question.has_payments,
        "until": known.until,
        "is_late": known.is_late(now),
    }
    return render(request, "backoffice/reports/report.html", context)


def _whose(question: Question) -> str:
    """The name of the one whose days are shown; nothing for the whole panel."""
    if question.part == Part.ALL:
        return ""
    return names_of(question.part, [question.subject])[question.subject]


def _cards(found: Table, question: Question) -> list[Card]:
    now, then = found.total, found.before
    cards = [
        Card(_("Orders"), now.orders, _change(now, then, "orders"), is_money=False),
        Card(_("Revenue"), now.revenue, _change(now, then, "revenue")),
        Card(_("Profit"), now.profit, _change(now, then, "profit"), note=now.margin),
        Card(_("Refunded"), now.returned, _change(now, then, "returned")),
        Card(_("Paid in"), now.paid_in, _change(now, then, "paid_in")),
    ]
    return cards if question.has_payments else cards[:-1]


def _change(now: Figures, then: Figures, name: str) -> Decimal | None:
    """None where there was nothing before to compare with."""
    before, after = Decimal(getattr(then, name)), Decimal(getattr(now, name))
    return (100 * (after - before) / before).quantize(_PERCENT) if before > 0 else None


def _columns(question: Question) -> list[Column]:
    names = {
        "orders": _("Orders"),
        "revenue": _("Revenue"),
        "returned": _("Refunded"),
        "cost": _("Cost"),
        "profit": _("Profit"),
    }
    if question.has_payments:
        names["paid_in"] = _("Paid in")
    return [_column(name, title, question) for name, title in names.items()]


def _column(name: str, title: str, question: Question) -> Column:
    """Falls at the first click, rises at the next."""
    if name != question.sort:
        return Column(name, title, f"-{name}", "none")
    if question.is_rising:
        return Column(name, title, f"-{name}", "ascending")
    return Column(name, title, name, "descending")
