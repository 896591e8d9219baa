"""The second person's word about money that somebody else wants to move."""

from datetime import datetime

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from panel.backoffice import auditing
from panel.backoffice.access import Staff
from panel.backoffice.approvals.deeds import DEEDS
from panel.models import FundsRequest

State = FundsRequest.State


class NotYours(Exception):
    """Who asks cannot confirm, and nobody else can withdraw. Its text is for the person."""


class NotWaiting(Exception):
    """It was decided, or it has lapsed. Its text is for the person."""


@transaction.atomic
def confirm(request: HttpRequest, staff: Staff, request_id: int, *, now: datetime) -> FundsRequest:
    """Book it, once. Raises NotYours, NotWaiting or what the deed refuses with."""
    row = _waiting(request_id, now=now)
    if row.asked_by_id == staff.user.pk:
        raise NotYours(_("Somebody else must confirm what you asked for."))
    _decide(row, State.BOOKED, staff, now=now)
    DEEDS[row.purpose].perform(request, staff, row)
    _write_down(request, staff, row, "funds.confirmed")
    return row


@transaction.atomic
def turn_down(
    request: HttpRequest, staff: Staff, request_id: int, *, answer: str, now: datetime
) -> FundsRequest:
    """Say no, with the reason in ``answer``. Raises NotYours or NotWaiting."""
    row = _waiting(request_id, now=now)
    if row.asked_by_id == staff.user.pk:
        raise NotYours(_("Withdraw what you asked for yourself."))
    row.answer = answer
    _decide(row, State.TURNED_DOWN, staff, now=now)
    _write_down(request, staff, row, "funds.turned_down")
    return row


@transaction.atomic
def withdraw(request: HttpRequest, staff: Staff, request_id: int, *, now: datetime) -> FundsRequest:
    """Take one's own request back. Raises NotYours or NotWaiting."""
    row = _waiting(request_id, now=now)
    if row.asked_by_id != staff.user.pk:
        raise NotYours(_("Only who asked can withdraw it."))
    _decide(row, State.WITHDRAWN, None, now=now)
    _write_down(request, staff, row, "funds.withdrawn")
    return row


def _waiting(request_id: int, *, now: datetime) -> FundsRequest:
    """The request, locked: two who decide at once come one after the other."""
    rows = FundsRequest.objects.select_for_update(of=("self",)).select_related("asked_by")
    row = rows.get(pk=request_id)
    if not row.is_waiting:
        raise NotWaiting(_("This was decided already."))
    if row.is_lapsed(now):
        raise NotWaiting(_("Nobody confirmed this in time. Ask again."))
    return row


def _decide(row: FundsRequest, state: str, staff: Staff | None, *, now: datetime) -> None:
    row.state, row.decided_at = state, now
    row.decided_by = staff.user if staff else None
    row.save(update_fields=["state", "decided_at", "decided_by", "answer"])


def _write_down(request: HttpRequest, staff: Staff, row: FundsRequest, action: str) -> None:
    auditing.record(
        request,
        staff,
        action,
        subject="funds",
        subject_id=row.pk,
        old={"state": State.WAITING},
        new={"state": row.state, "amount": row.amount, "asked_by": row.asked_by},
        reason=row.answer or row.reason,
    )
