"""Moving money by hand: at once, or by leave of a second person when it is much.

Much is what goes above the operator's amount (`Storefront.second_person_above`; none: off),
together with what the same person moved alone for the same customer within WINDOW, so that no
sum is cut into pieces. Giving and taking count alike.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Abs
from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.money import ZERO
from panel.backoffice import auditing
from panel.backoffice.access import Staff
from panel.backoffice.approvals.deeds import DEEDS
from panel.models import FundsRequest, Storefront, User

WINDOW = timedelta(hours=24)
LAPSES_AFTER = timedelta(days=3)
State = FundsRequest.State


class AskedBefore(Exception):
    """This form was sent before; nothing was asked for or booked again."""

    def __init__(self) -> None:
        super().__init__(_("This was booked already; it was not booked again."))


@dataclass(frozen=True, slots=True)
class Move:
    """What is to be moved: ``amount`` as it changes the balance of ``customer_id`` (None: of many
    customers together), for a purpose that `DEEDS` knows, about ``subject_id``. What is
    ``endless`` gives that amount again and again, without a limit."""

    purpose: str
    subject_id: int
    amount: Decimal
    reason: str
    token: UUID
    customer_id: int | None = None
    endless: bool = False


@transaction.atomic
def move(request: HttpRequest, staff: Staff, wanted: Move, *, now: datetime) -> FundsRequest:
    """Book it, or leave it waiting (``is_waiting`` of the answer) and write down who asked.

    Raises AskedBefore, or what the deed refuses with; then nothing has happened.
    """
    one_after_another(staff)
    if FundsRequest.objects.filter(token=wanted.token).exists():
        raise AskedBefore
    is_much = wants_second(staff, wanted, now=now)
    row = FundsRequest.objects.create(
        purpose=wanted.purpose,
        subject_id=wanted.subject_id,
        customer_id=wanted.customer_id,
        amount=wanted.amount,
        reason=wanted.reason,
        token=wanted.token,
        asked_by=staff.user,
        asked_at=now,
        wants_second=is_much,
        lapses_at=now + LAPSES_AFTER,
        state=State.WAITING if is_much else State.BOOKED,
    )
    if is_much:
        _write_down(request, staff, row)
    else:
        DEEDS[row.purpose].perform(request, staff, row)
    return row


def one_after_another(staff: Staff) -> None:
    """Hold this person's wishes: two at once would not see each other's sum. Before other locks."""
    User.objects.select_for_update(no_key=True).get(pk=staff.user.pk)


def wants_second(staff: Staff, wanted: Move, *, now: datetime) -> bool:
    """Whether this person may not do that alone."""
    most = Storefront.current().second_person_above
    if most is None:
        return False
    if wanted.endless:
        return True
    return abs(wanted.amount) + _moved_alone(staff, wanted, since=now - WINDOW) > most


def _moved_alone(staff: Staff, wanted: Move, *, since: datetime) -> Decimal:
    alone = FundsRequest.objects.filter(
        asked_by=staff.user,
        asked_at__gt=since,
        state=State.BOOKED,
        wants_second=False,
    )
    if wanted.customer_id is None:
        alone = alone.filter(customer=None, purpose=wanted.purpose)
    else:
        alone = alone.filter(customer=wanted.customer_id)
    total: Decimal | None = alone.aggregate(total=Sum(Abs("amount")))["total"]
    return total or ZERO


def _write_down(request: HttpRequest, staff: Staff, row: FundsRequest) -> None:
    auditing.record(
        request,
        staff,
        "funds.asked",
        subject="funds",
        subject_id=row.pk,
        new={"purpose": row.purpose, "subject": row.subject_id, "amount": row.amount},
        reason=row.reason,
    )
