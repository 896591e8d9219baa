"""A draft is let go, and what was taken in is let go back: the deeds that may want two people."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.money import ZERO
from panel.backoffice import auditing
from panel.backoffice.access import Staff
from panel.backoffice.intake.drafting import NoDraft, own_draft
from panel.models import FundsRequest, Intake

State = Intake.State
SUBJECT = "intake"
ACTOR_MAX = 150  # of an entry in the book


def start(
    request: HttpRequest, staff: Staff, intake_id: int, *, actor: str, total: Decimal, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    """Let the worker take in the lines that are ready, which hold ``total``. Raises NoDraft."""
    found = own_draft(intake_id)
    if found.total != total or not found.ready:
        raise NoDraft(_("The file was read in another way meanwhile. Look at it again."))
    found.state, found.actor, found.reason = State.RUNNING, actor[:ACTOR_MAX], reason
    found.started_at = now
    found.save(update_fields=["state", "actor", "reason", "started_at"])
    new = {"file": found.file_name, "customers": found.ready, "total": found.total}
    auditing.record(
        request, staff, "intake.start", subject=SUBJECT, subject_id=found.pk, new=new,
        reason=reason,
    )  # fmt: skip


def go_back(request: HttpRequest, staff: Staff, intake_id: int, *, actor: str, reason: str) -> None:
    """Let the worker take back what nobody used. Raises NoDraft when it is not all taken in."""
    found = Intake.objects.select_for_update().get(pk=intake_id)
    if found.state != State.DONE:
        raise NoDraft(_("Only what was taken in can be taken back, once."))
    found.state, found.actor, found.reason = State.GOING_BACK, actor[:ACTOR_MAX], reason
    found.done_at = None
    found.save(update_fields=["state", "actor", "reason", "done_at"])
    auditing.record(
        request, staff, "intake.back", subject=SUBJECT, subject_id=found.pk,
        new={"file": found.file_name}, reason=reason,
    )  # fmt: skip


def taken_in(intake: Intake) -> Decimal:
    """What the customers of this file were given, together."""
    lines = intake.lines.filter(customer__isnull=False)
    total: Decimal | None = lines.aggregate(total=Sum("balance"))["total"]
    return total or ZERO


def start_wanted(request: HttpRequest, staff: Staff, wanted: FundsRequest) -> None:
    """The deed of a request: its amount is the total that was looked at."""
    start(
        request, staff, wanted.subject_id, actor=str(wanted.asked_by), total=wanted.amount,
        reason=wanted.reason, now=wanted.decided_at or wanted.asked_at,
    )  # fmt: skip


def go_back_wanted(request: HttpRequest, staff: Staff, wanted: FundsRequest) -> None:
    go_back(request, staff, wanted.subject_id, actor=str(wanted.asked_by), reason=wanted.reason)
