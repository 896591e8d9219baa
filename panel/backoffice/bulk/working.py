"""The worker's side of bulk work: the next few of a list, in the name of the one who chose it."""

import time
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from orders.models.wishes import Backlog
from panel.backoffice.access import Staff
from panel.backoffice.bulk.subjects import REFUSALS, SUBJECTS, Subject
from panel.backoffice.rights import rights_of
from panel.clock import database_now
from panel.models import BulkWork

SLICE_MAX = 200
SLICE_S = 20
LEASE = timedelta(seconds=60)
"""A list whose worker was lost is taken up by the next one after this."""
WORKS_AT_ONCE_MAX = 20
PROBLEMS_MAX = 100


def due_works(now: datetime) -> list[int]:
    """The lists that are under way and that nobody works on, oldest first."""
    return list(_free(now).order_by("pk").values_list("pk", flat=True)[:WORKS_AT_ONCE_MAX])


def backlog(now: datetime) -> Backlog:
    """How many lists wait for a worker, and since when the oldest."""
    free = _free(now).order_by()
    return Backlog(free.count(), free.aggregate(oldest=Min("started_at"))["oldest"])


def do_slice(work_id: int, *, now: datetime) -> int:
    """Do the next ones of a list for about SLICE_S; returns how many, 0 when there is nothing.

    The person's rights are those of this moment: who has lost them stops.
    """
    if not _free(now).filter(pk=work_id).update(claimed_until=now + LEASE):
        return 0
    work = BulkWork.objects.select_related("user").get(pk=work_id)
    subject = SUBJECTS[work.subject]
    staff = Staff(work.user, rights_of(work.user))
    began, done = time.monotonic(), 0
    if not staff.may(subject.actions[work.action].right):
        BulkWork.objects.filter(pk=work_id).update(is_stopped=True)
        return 0
    with override(work.language or None):
        while done < SLICE_MAX and time.monotonic() - began < SLICE_S and work.is_under_way:
            _do_next(work, subject, staff)
            work.refresh_from_db()
            done += 1
    BulkWork.objects.filter(pk=work_id).update(claimed_until=None)
    return done


def _free(now: datetime) -> QuerySet[BulkWork]:
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return BulkWork.objects.filter(
        unclaimed, is_started=True, is_stopped=False, position__lt=F("length")
    )


def _do_next(work: BulkWork, subject: Subject, staff: Staff) -> None:
    """Do the one at the position and move on, both or neither."""
    action = subject.actions[work.action]
    row_id, shown = work.chosen[work.position]
    row = subject.numbered([row_id]).get()
    doubts = subject.doubts(action, row)
    with transaction.atomic():
        locked = BulkWork.objects.select_for_update().get(pk=work.pk)
        if locked.position != work.position or locked.is_stopped:
            return
        problem = doubts[0] if doubts else _problem(locked, subject, staff, row, Decimal(shown))
        locked.position += 1
        if problem:
            locked.refused += 1
            line = [subject.order_of(row).pk, problem]
            locked.problems = [*locked.problems, line][:PROBLEMS_MAX]
        locked.claimed_until = database_now() + LEASE
        locked.save(update_fields=["position", "refused", "problems", "claimed_until"])


def _problem(work: BulkWork, subject: Subject, staff: Staff, row: object, shown: Decimal) -> str:
    """Do it about one; what was wrong, or nothing."""
    action = subject.actions[work.action]
    try:
        if not action.offered(row):
            return _("This cannot be done any more.")
        subject.do(work, staff, action, row, shown)
    except REFUSALS as refusal:
        return str(refusal)
    return ""
