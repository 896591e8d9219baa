"""Numbers of papers that were lost in a restore: in the list, and in the file at their place."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from orders.models import Invoice, LostNumbers, PaperNumber
from panel.storefront.services import number_in

LINES_MAX = 1_000
"""One for each kind, year and restore."""
Lost = dict[tuple[str, int, int], LostNumbers]


def lost_numbers(query: Mapping[str, str]) -> QuerySet[LostNumbers]:
    """Those that the filters of the address name; a customer or a payment has none."""
    words = query.get("q", "").strip()
    named = PaperNumber.read(words)
    if "payment" in query or (words and named is None):
        return LostNumbers.objects.none()
    lost = LostNumbers.objects.all()
    if named is not None:
        lost = lost.filter(
            kind=named.kind, year=named.year, first__lte=named.number, last__gte=named.number
        )
    if query.get("kind") in Invoice.Kind.values:
        lost = lost.filter(kind=query["kind"])
    year = number_in(query.get("year", ""))
    return lost if year is None else lost.filter(year=year)


def by_end(lost: QuerySet[LostNumbers]) -> Lost:
    """Each by the number after which papers go on."""
    return {(line.kind, line.year, line.last): line for line in lost[:LINES_MAX]}


def rows_before(paper: Invoice, lost: Lost) -> Iterator[list[Any]]:
    """The lost numbers between ``paper`` and the one before it; they leave ``lost``."""
    lines, end = [], paper.number - 1
    while line := lost.pop((paper.kind, paper.year, end), None):
        lines.append(line)
        end = line.first - 1
    for line in reversed(lines):
        yield from _rows(line)


def rows_of(lost: Lost) -> Iterator[list[Any]]:
    """The lost numbers behind which no paper was written yet, the oldest first."""
    for line in sorted(lost.values(), key=lambda line: line.pk):
        yield from _rows(line)


def _rows(line: LostNumbers) -> Iterator[list[Any]]:
    """A row for each number, with nothing but its kind, the day and what became of it."""
    for number in range(line.first, line.last + 1):
        label = PaperNumber(line.kind, line.year, number).label
        day = line.noted_at.date().isoformat()
        yield [label, line.get_kind_display(), day, *[""] * 11, _("Lost in a restore")]
