"""Moving money by hand: at once, or by leave of a second person when it is much.

Much is what goes above the operator's amount (`Storefront.second_person_above`; none: off),
together with what the same person moved alone within WINDOW and what could have reached the same
customer: all that was done for this customer, whatever it was, and all that was for anybody
(vouchers, codes, imports). So no sum is cut into pieces. Giving and taking count alike.

The database holds the same (migration 0017); here it is found out before.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.db.models.functions import Abs
from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.ledger import constraint_of
from orders.money import ZERO
from panel.backoffice import auditing
from panel.backoffice.access import Staff
from panel.backoffice.approvals.deeds import DEEDS
from panel.models import FundsRequest, Storefront, User

WINDOW = timedelta(hours=24)
LAPSES_AFTER = timedelta(days=3)
ASKED_ONCE = "panel_fundsrequest_token_key"
State = FundsRequest.State


class WantsSecond(Exception):
    """This is above the amount for one person; nothing was done."""

    def __init__(self) -> None:
        super().__init__(_("A second person must confirm this first."))


class AskedBefore(Exception):
    """This form was sent before; nothing was asked for or booked again."""

    def __init__(self) -> None:
        super().__init__(_("This was booked already; it was not booked again."))


@dataclass(frozen=True, slots=True)
class Move:
    """What is to be moved: ``amount`` as it changes the balance of ``customer_id`` (None: of
    anybody), for a purpose that `DEEDS` knows, about ``subject_id``, with the ``details`` that
    its deed needs. What is ``endless`` gives that amount again and again, without a limit."""

    purpose: str
    subject_id: int
    amount: Decimal
    reason: str
    token: UUID
    customer_id: int | None = None
    endless: bool = False
    details: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def move(request: HttpRequest, staff: Staff, wanted: Move, *, now: datetime) -> FundsRequest:
    """Book it, or leave it waiting (``is_waiting`` of the answer) and write down who asked.

    Raises AskedBefore, or what the deed refuses with; then nothing has happened.
    """
    one_after_another(staff)
    if FundsRequest.objects.filter(token=wanted.token).exists():
        raise AskedBefore  # before its own first sending counts against it
    is_much = wants_second(staff, wanted, now=now)
    row = _noted(staff, wanted, is_much=is_much, now=now)
    if is_much:
        _write_down(request, staff, row)
    else:
        DEEDS[row.purpose].perform(request, staff, row)
    return row


@transaction.atomic
def book_alone(staff: Staff, wanted: Move, *, now: datetime) -> None:
    """Count what the caller books in this transaction, for which there is no request of a page.

    Raises WantsSecond. Before other locks.
    """
    one_after_another(staff)
    if wants_second(staff, wanted, now=now):
        raise WantsSecond
    _noted(staff, wanted, is_much=False, now=now)


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
    return abs(wanted.amount) + _reached_already(staff, wanted, since=now - WINDOW) > most


def _reached_already(staff: Staff, wanted: Move, *, since: datetime) -> Decimal:
    """The most that this person alone let reach one customer whom this would reach, too."""
    alone = FundsRequest.objects.filter(
        asked_by=staff.user,
        asked_at__gt=since,
        state=State.BOOKED,
        wants_second=False,
    )
    sums = alone.order_by().values_list("customer").annotate(total=Sum(Abs("amount")))
    totals: dict[int | None, Decimal] = dict(sums)
    for_anybody = totals.pop(None, ZERO)
    if wanted.customer_id is None:
        return for_anybody + max(totals.values(), default=ZERO)
    return for_anybody + totals.get(wanted.customer_id, ZERO)


def _noted(staff: Staff, wanted: Move, *, is_much: bool, now: datetime) -> FundsRequest:
    """The row of it. Raises AskedBefore, also where somebody else sends the form right now."""
    row = FundsRequest(
        purpose=wanted.purpose,
        subject_id=wanted.subject_id,
        customer_id=wanted.customer_id,
        amount=wanted.amount,
        details=wanted.details,
        reason=wanted.reason,
        token=wanted.token,
        asked_by=staff.user,
        asked_at=now,
        wants_second=is_much,
        lapses_at=now + LAPSES_AFTER,
        state=State.WAITING if is_much else State.BOOKED,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) != ASKED_ONCE:
            raise
        raise AskedBefore from error
    return row


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
