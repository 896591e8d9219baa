"""The texts of one kind, in the order in which they are read."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.content.kinds import KINDS, TEXTS_MAX, TextKind, kind_or_404

WORDS_MAX = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A text as the list shows it; ``above`` and ``below`` are where it can be moved to."""

    row: Any
    heading: str
    address: str
    above: int | None = None
    below: int | None = None
    is_first: bool = False
    is_last: bool = False


@require_safe
@staff_page(Right.CONTENT)
def contents(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The first kind."""
    return redirect("staff_texts", next(iter(KINDS)))


@require_safe
@staff_page(Right.CONTENT)
def texts(request: HttpRequest, staff: Staff, kind: str) -> HttpResponse:
    found = kind_or_404(kind)
    rows = found.rows
    words = request.GET.get("q", "").strip().replace("\0", "")[:WORDS_MAX]
    if words:
        own = {f"{name}__icontains": words for name in (found.heading, found.body)}
        rows = rows.filter(Q(**own, _connector=Q.OR))
    lines = _lines(found, list(rows[:TEXTS_MAX]))
    context = {"kind": found, "kinds": KINDS.values(), "lines": lines, "has_words": bool(words)}
    return render(request, "backoffice/content/list.html", context)


def _lines(kind: TextKind, rows: list[Any]) -> list[Line]:
    ids = [None, *(row.pk for row in rows), None, None]
    return [
        Line(
            row,
            getattr(row, kind.heading),
            kind.address(row),
            above=ids[at],
            below=ids[at + 3],
            is_first=at == 0,
            is_last=at == len(rows) - 1,
        )
        for at, row in enumerate(rows)
    ]
