"""Files under way, a slice at a time: each line in a transaction of its own, done once.

A slice that was lost with its worker is done again by the next one: a line with its customer is
finished, and the cause of an opening entry counts once whatever happens.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from orders import opening
from orders.ledger import constraint_of
from orders.models.wishes import Backlog
from panel.backoffice.intake.mailing import mail_slice
from panel.models import ApiKey, Intake, IntakeLine, User

SLICE_LINES = 200
LEASE = timedelta(seconds=120)
AT_ONCE_MAX = 20
State = Intake.State
UNDER_WAY = (State.RUNNING, State.MAILING, State.GOING_BACK)


def due_intakes(now: datetime) -> list[int]:
    """The files under way that nobody holds, oldest first."""
    return list(_free(now).order_by("pk").values_list("pk", flat=True)[:AT_ONCE_MAX])


def backlog(now: datetime) -> Backlog:
    waiting = _free(now)
    return Backlog(waiting.count(), waiting.aggregate(oldest=Min("started_at"))["oldest"])


def work_slice(intake_id: int, *, now: datetime, limit: int = SLICE_LINES) -> int:
    """Do the next lines; returns how many, and moves on when there are none. 0: nothing to do."""
    if not _free(now).filter(pk=intake_id).update(claimed_until=now + LEASE):
        return 0
    intake = Intake.objects.select_related("user").get(pk=intake_id)
    with override(intake.user.language or None):
        done = _STEPS[State(intake.state)](intake, limit)
    if not done:
        _move_on(intake, now=now)
    Intake.objects.filter(pk=intake_id).update(claimed_until=None)
    return done or (1 if intake.state in UNDER_WAY else 0)


def _free(now: datetime) -> QuerySet[Intake]:
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return Intake.objects.filter(unclaimed, state__in=UNDER_WAY)


def _take_in(intake: Intake, limit: int) -> int:
    due = intake.lines.filter(problem="", customer=None).order_by("number")
    ids = list(due.values_list("pk", flat=True)[:limit])
    for line_id in ids:
        try:
            _open(intake, line_id)
        except IntegrityError as error:
            if "email" not in constraint_of(error):
                raise
            # Somebody signed up with this address a moment ago.
            text = _("E-mail address: somebody here has this address already")
            IntakeLine.objects.filter(pk=line_id, customer=None).update(problem=text)
    return len(ids)


@transaction.atomic
def _open(intake: Intake, line_id: int) -> None:
    """A customer, who can log in after setting a password, and the line that says so."""
    line = IntakeLine.objects.select_for_update().get(pk=line_id)
    if line.customer_id is not None:
        return
    line.customer = opening.open_account(
        name=line.name,
        balance=line.balance,
        discount=line.discount,
        country=line.country,
        group=line.group,
        cause=f"opening:{intake.pk}:{line.number}",
        actor=intake.actor,
    )
    User.objects.create_user(line.email, None, customer=line.customer)
    line.is_mail_due = intake.sends_mails
    line.save(update_fields=["customer", "is_mail_due"])


def _take_back(intake: Intake, limit: int) -> int:
    lines = intake.lines.filter(customer__isnull=False, is_back=False).order_by("number")
    ids = list(lines.values_list("pk", flat=True)[:limit])
    for line_id in ids:
        _close(intake, line_id)
    return len(ids)


@transaction.atomic
def _close(intake: Intake, line_id: int) -> None:
    """Take one back: the balance goes, nobody can log in any more, the address is free again."""
    line = IntakeLine.objects.select_for_update().get(pk=line_id)
    if line.is_back or line.customer_id is None:
        return
    line.is_back, line.is_mail_due = True, False
    line.problem = _why_not(intake, line, line.customer_id)
    line.save(update_fields=["is_back", "is_mail_due", "problem"])


def _why_not(intake: Intake, line: IntakeLine, customer_id: int) -> str:
    """Take the customer's opening back; what stood against it, or nothing."""
    key = ApiKey.objects.filter(customer=OuterRef("customer"))
    users = User.objects.select_for_update(of=("self",)).filter(customer=customer_id)
    user = users.annotate(has_key=Exists(key)).first()
    if user is not None and (user.last_login or user.has_key):
        return _("They have logged in since: everything stays as it is.")
    try:
        opening.take_back(
            customer_id,
            cause=f"opening:{intake.pk}:{line.number}:back",
            reason=intake.reason[:500],
            actor=intake.actor,
        )
    except opening.InUse as refusal:
        return str(refusal)
    if user is not None:
        user.delete()
    return ""


def _move_on(intake: Intake, *, now: datetime) -> None:
    """The next state: e-mails after the customers, if they are wished for; then the end."""
    if intake.state == State.GOING_BACK:
        following = State.BACK
    elif intake.state == State.RUNNING and intake.sends_mails:
        following = State.MAILING
    else:
        following = State.DONE
    rows = Intake.objects.filter(pk=intake.pk, state=intake.state)
    rows.update(state=following, done_at=None if following == State.MAILING else now)
    intake.state = following


_STEPS = {State.RUNNING: _take_in, State.MAILING: mail_slice, State.GOING_BACK: _take_back}
