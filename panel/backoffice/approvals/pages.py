"""What waits for a second person, and what became of the latest."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from panel.backoffice.access import Staff, staff_page
from panel.backoffice.approvals import deciding
from panel.backoffice.approvals.deeds import DEEDS, REFUSALS
from panel.backoffice.rights import Right
from panel.models import FundsRequest
from panel.models.audit import REASON_MAX
from panel.pager import by_key

WAITING_MAX = 200
DECIDED_SHOWN = 25
State = FundsRequest.State


@require_safe
@staff_page(Right.FUNDS)
def approvals(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The oldest that waits first; below it what was decided, the newest first."""
    rows = FundsRequest.objects.select_related("customer", "asked_by", "decided_by")
    now = timezone.now()
    waiting = rows.filter(state=State.WAITING, lapses_at__gt=now).order_by("pk")[:WAITING_MAX]
    others = rows.filter(wants_second=True).exclude(state=State.WAITING, lapses_at__gt=now)
    pager = by_key(others, request.GET, size=DECIDED_SHOWN)
    context = {
        "waiting": [(row, _address(row)) for row in waiting],
        "pager": pager,
        "decided": [(row, _address(row), row.is_lapsed(now)) for row in pager.rows],
    }
    return render(request, "backoffice/approvals/list.html", context)


@require_POST
@staff_page(Right.FUNDS, fresh=True)
def confirm(request: HttpRequest, staff: Staff, request_id: int) -> HttpResponse:
    get_object_or_404(FundsRequest, pk=request_id)
    return _done(
        request,
        lambda: deciding.confirm(request, staff, request_id, now=timezone.now()),
        _("It was booked."),
    )


@require_POST
@staff_page(Right.FUNDS, fresh=True)
def turn_down(request: HttpRequest, staff: Staff, request_id: int) -> HttpResponse:
    get_object_or_404(FundsRequest, pk=request_id)
    answer = request.POST.get("answer", "").strip()
    if not 0 < len(answer) <= REASON_MAX:
        messages.error(request, _("Please give a reason."))
        return redirect("staff_approvals")
    return _done(
        request,
        lambda: deciding.turn_down(
            request, staff, request_id, answer=answer, now=timezone.now()
        ),
        _("It was turned down."),
    )  # fmt: skip


@require_POST
@staff_page(Right.FUNDS)
def withdraw(request: HttpRequest, staff: Staff, request_id: int) -> HttpResponse:
    get_object_or_404(FundsRequest, pk=request_id)
    return _done(
        request,
        lambda: deciding.withdraw(request, staff, request_id, now=timezone.now()),
        _("It was withdrawn."),
    )


def _done(request: HttpRequest, decide: Callable[[], object], said: str) -> HttpResponse:
    try:
        decide()
    except (deciding.NotYours, deciding.NotWaiting, *REFUSALS) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("staff_approvals")


def _address(row: FundsRequest) -> str:
    deed = DEEDS[row.purpose]
    return reverse(deed.page, args=[row.subject_id] if deed.one else [])
