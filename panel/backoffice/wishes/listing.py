"""The queue of refills and the queue of wishes to cancel: what is open, oldest work in sight."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from panel.backoffice import bulk
from panel.backoffice.access import Staff, staff_page
from panel.backoffice.rights import Right
from panel.backoffice.wishes.actions import QUEUES, Queue, WishAction, offered_for
from panel.backoffice.wishes.finding import AGES, ALL, WishSearch
from panel.clock import database_now
from panel.pager import by_key
from providers.models import Provider

WISHES_SHOWN = 50
COLOURS = {
    "requested": ("azure", "clock"),
    "submitting": ("azure", "rocket"),
    "unconfirmed": ("orange", "alert-triangle"),
    "in_progress": ("blue", "refresh"),
    "accepted": ("blue", "refresh"),
    "completed": ("green", "circle-check"),
    "done": ("green", "circle-check"),
    "rejected": ("secondary", "x"),
    "refused": ("secondary", "x"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One wish with what can be done about it, and the badge of its state."""

    wish: Any
    actions: list[WishAction]
    badge: tuple[str, str]


@require_safe
@staff_page(Right.ORDERS)
def requests(request: HttpRequest, staff: Staff, queue: str = "refill") -> HttpResponse:
    shown = queue_of(queue)
    search = WishSearch(shown, request.GET.dict(), database_now())
    pager = by_key(search.wishes(), request.GET, size=WISHES_SHOWN)
    context = {
        "queue": shown,
        "queues": QUEUES.values(),
        "search": search,
        "pager": pager,
        "lines": [
            Line(wish, offered_for(shown, wish, staff.rights), COLOURS[wish.status])
            for wish in pager.rows
        ],
        "tabs": _tabs(search),
        "ages": [(code, title) for code, (title, _age) in AGES.items()],
        "providers": Provider.objects.values_list("pk", "name"),
        "works": bulk.recent(staff),
        "actions": [row for row in shown.actions.values() if staff.may(row.right)],
    }
    return render(request, "backoffice/wishes/list.html", context)


def queue_of(code: str) -> Queue:
    if code not in QUEUES:
        raise Http404
    return QUEUES[code]


def _tabs(search: WishSearch) -> list[tuple[str, Any, int | None]]:
    """Code, title and number; what has ended is not counted."""
    counts = search.counts()
    statuses = search.queue.statuses
    tabs: list[tuple[str, Any, int | None]] = [("", _("Open"), sum(counts.values()))]
    for status in statuses:
        is_open = status in search.queue.still_open
        tabs.append((str(status), status.label, counts.get(status, 0) if is_open else None))
    return [*tabs, (ALL, _("All"), None)]
