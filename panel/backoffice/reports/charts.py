"""What a report draws. Floats, for drawing alone: the table beside it has every digit."""

from typing import Any

from django.utils.dateformat import format as date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from panel.backoffice.reports.asking import MONTH, Question
from panel.backoffice.reports.tables import Row, Table

BARS_MAX = 10
LABEL_MAX = 28
COUNTS = ("orders",)


def charts(question: Question, table: Table, currency: str) -> dict[str, Any]:
    """Money and orders over time, or the greatest ones beside one another."""
    if not question.is_of_spans:
        return {"parts": _bars(question, table, currency)}
    rows = table.drawn
    labels = [_moment(row, question) for row in rows]
    orders = _line(_("Orders"), rows, "orders", "--tblr-primary")
    money = _money(rows) if question.has_payments else _money(rows)[:-1]
    return {
        "money": _drawing("line", labels, currency, money),
        "orders": _drawing("bar", labels, "", [orders]),
    }


def _money(rows: list[Row]) -> list[dict[str, Any]]:
    return [
        _line(_("Revenue"), rows, "revenue", "--tblr-primary"),
        _line(_("Cost"), rows, "cost", "--tblr-orange"),
        _line(_("Profit"), rows, "profit", "--tblr-green"),
        _line(_("Refunded"), rows, "returned", "--tblr-red"),
        _line(_("Paid in"), rows, "paid_in", "--tblr-purple"),
    ]


def _bars(question: Question, table: Table, currency: str) -> dict[str, Any]:
    rows = table.drawn[:BARS_MAX]
    labels = [Truncator(row.label).chars(LABEL_MAX) for row in rows]
    if question.sort in COUNTS:
        lines = [_line(_("Orders"), rows, "orders", "--tblr-primary")]
        return _drawing("bar", labels, "", lines, axis="y")
    return _drawing("bar", labels, currency, _sorted_by(question, rows), axis="y")


def _sorted_by(question: Question, rows: list[Row]) -> list[dict[str, Any]]:
    """The revenue with its profit; or what the table is sorted by."""
    lines = {line["name"]: line for line in _money(rows)}
    names = ("revenue", "profit") if question.sort in ("revenue", "profit") else (question.sort,)
    return [lines[name] for name in names]


def _line(label: str, rows: list[Row], name: str, colour: str) -> dict[str, Any]:
    values = [round(float(getattr(row.figures, name)), 2) for row in rows]
    return {"name": name, "label": label, "values": values, "colour": colour}


def _drawing(
    kind: str, labels: list[str], currency: str, lines: list[dict[str, Any]], *, axis: str = "x"
) -> dict[str, Any]:
    return {"type": kind, "labels": labels, "currency": currency, "lines": lines, "axis": axis}


def _moment(row: Row, question: Question) -> str:
    return date_format(row.first, "M Y" if question.by == MONTH else "j M") if row.first else ""
