"""The person's side of bulk work: choose, look at what it will do, confirm, watch it, stop it."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.money import plain
from panel.backoffice import auditing
from panel.backoffice.access import Staff, ask_again, staff_page
from panel.backoffice.bulk.subjects import SUBJECTS, BulkAction, Subject
from panel.backoffice.rights import Right
from panel.clock import database_now
from panel.models import BulkWork
from panel.models.audit import REASON_MAX
from panel.storefront.services import number_in

CHOSEN_MAX = 2_000
RECENT_MAX = 3
RECENT = timedelta(days=1)
SAMPLE_MAX = 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """Those about which it can be done, and how many of the choice cannot."""

    able: list[Any]
    others: int


@dataclass(frozen=True, slots=True)
class Recent:
    """What a person let begin lately, to find back to it."""

    work: BulkWork
    title: Any
    what: str


def recent(staff: Staff) -> list[Recent]:
    """The latest lists that this person let begin within a day, the newest first."""
    own = BulkWork.objects.filter(user=staff.user, started_at__gte=database_now() - RECENT)
    found = []
    for work in own.defer("chosen", "problems")[:RECENT_MAX]:
        subject = SUBJECTS[work.subject]
        title = subject.actions[work.action].title
        found.append(Recent(work, title, subject.counted(work.length)))
    return found


@require_POST
@staff_page(Right.ORDERS)
def choose(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Write the list down, with what each refund would be, and lead to its preview."""
    subject = _subject(request.POST.get("subject", BulkWork.Subject.ORDER))
    action = _action(subject, request.POST.get("action", ""), staff)
    chosen = _chosen(request, subject, action)
    if not chosen.able:
        messages.error(request, _("This can be done with none of those chosen."))
        return redirect(_page_of(request, subject))
    refunds = [subject.refund(action, row) for row in chosen.able]
    rows = [[r.pk, plain(refund)] for r, refund in zip(chosen.able, refunds, strict=True)]
    work = BulkWork.objects.create(
        user=staff.user,
        subject=subject.code,
        action=action.code,
        chosen=rows,
        length=len(rows),
        refund=sum(refunds, Decimal(0)),
        back=_page_of(request, subject),
    )
    if chosen.others:
        text = _("It cannot be done with %s of those chosen: they are left out.")
        messages.warning(request, text % chosen.others)
    return redirect("staff_bulk_work", work.pk)


@require_safe
@staff_page(Right.ORDERS)
def work(request: HttpRequest, staff: Staff, work_id: int) -> HttpResponse:
    """The preview; once it is confirmed, the progress, which asks for itself again."""
    found = get_object_or_404(BulkWork, pk=work_id, user=staff.user)
    subject = _subject(found.subject)
    action = _action(subject, found.action, staff)
    context: dict[str, Any] = {
        "work": found,
        "action": action,
        "what": subject.counted(found.length),
        "asks_reason": subject.asks_reason(action),
        "list_page": found.back or reverse(*subject.page),
    }
    if request.headers.get("HX-Request"):
        return render(request, "backoffice/parts/bulk.html", context)
    first = subject.numbered([row_id for row_id, _shown in found.chosen[:SAMPLE_MAX]])
    context["sample"] = [subject.order_of(row) for row in first]
    return render(request, "backoffice/bulk.html", context)


@require_POST
@staff_page(Right.ORDERS)
def start(request: HttpRequest, staff: Staff, work_id: int) -> HttpResponse:
    """The person confirms; a worker takes it up within seconds."""
    found = get_object_or_404(BulkWork, pk=work_id, user=staff.user)
    subject = _subject(found.subject)
    action = _action(subject, found.action, staff)
    if action.ends:
        ask_again(request)
    reason = request.POST.get("reason", "").strip()[:REASON_MAX]
    if not reason and subject.asks_reason(action):
        messages.error(request, _("Please give a reason."))
    else:
        fresh = BulkWork.objects.filter(pk=found.pk, is_started=False, is_stopped=False)
        fresh.update(
            is_started=True,
            reason=reason,
            address=auditing.address_of(request),
            language=get_language() or "",
            started_at=database_now(),
        )
    return redirect("staff_bulk_work", found.pk)


@require_POST
@staff_page(Right.ORDERS)
def stop(request: HttpRequest, staff: Staff, work_id: int) -> HttpResponse:
    """Leave the rest as it is; what was done stays done."""
    found = get_object_or_404(BulkWork, pk=work_id, user=staff.user)
    under_way = BulkWork.objects.filter(pk=found.pk, position__lt=F("length"))
    under_way.update(is_stopped=True)
    return redirect("staff_bulk_work", found.pk)


def _subject(code: str) -> Subject:
    if code not in SUBJECTS:
        raise Http404
    return SUBJECTS[code]


def _action(subject: Subject, code: str, staff: Staff) -> BulkAction:
    action: BulkAction | None = subject.actions.get(code)
    if action is None or not action.in_bulk:
        raise Http404
    if not staff.may(action.right):
        raise PermissionDenied
    return action


def _page_of(request: HttpRequest, subject: Subject) -> str:
    """The list as it was left, with its filters; never another host."""
    address = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(address, {request.get_host()}):
        return address
    return reverse(*subject.page)


def _chosen(request: HttpRequest, subject: Subject, action: BulkAction) -> Chosen:
    """Those that are ticked, or all that the list would show; at most CHOSEN_MAX."""
    if request.POST.get("all") == "yes":
        found = subject.matching(QueryDict(request.POST.get("query", "")).dict())
    else:
        ids = [number_in(text) for text in request.POST.getlist("ids")[:CHOSEN_MAX]]
        found = subject.numbered([number for number in ids if number is not None])
    rows = list(found.order_by("-pk")[:CHOSEN_MAX])
    able = [row for row in rows if action.offered(row)]
    return Chosen(able, len(rows) - len(able))
