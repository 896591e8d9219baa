"""After the database was restored from an older copy: what may have happened since, nobody knows.

Between the copy and the failure orders were placed, sent and ended. Whatever waited to be sent in
the copy may have been sent; ids that the copy has not given yet were given to customers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models.functions import Now

from orders.lifecycle import CancelStatus, RefillStatus, Status
from orders.models import (
    Attempt,
    CancelRequest,
    Invoice,
    InvoiceSeries,
    LostNumbers,
    Order,
    OrderEvent,
    PaperNumber,
    Refill,
    Review,
    Seller,
)
from orders.models.moves import MOVES_MAX, Move, move_many
from orders.models.wishes import expire_attempts
from providers import health
from providers.models import Provider

SKIP_DEFAULT = 1_000_000
SKIP_MAX = 1_000_000_000
LOST_MAX = 100_000
"""Numbers of one kind in one year: more between copy and failure is a slip of the hand."""
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
REASON = "Restored from a copy: look at the unconfirmed orders, then resume."
_MAY_BE_SENT = "Restored from a copy: it may have been sent after the copy was made."
_NUMBERED = ("orders_order", "orders_refill", "orders_cancelrequest")
_SKIP = """
    SELECT setval(pg_get_serial_sequence(%s, 'id'),
                  nextval(pg_get_serial_sequence(%s, 'id')) + %s)
"""


class RestoreRefused(Exception):
    """The last numbers of papers are missing or cannot be; nothing has happened."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put into safety."""

    providers: int
    orders: int
    refills: int
    cancels: int
    next_order_id: int
    lost: list[LostNumbers]


def after_restore(
    *,
    now: datetime,
    skip: int = SKIP_DEFAULT,
    last_papers: Sequence[PaperNumber] | None = None,
    actor: str = "",
) -> Restored:
    """Pause every provider, leave what may have been sent to people, give out no old id again.

    ``last_papers`` are the last numbers of invoices and credit notes that were given before the
    failure, one for each kind and year; empty: none since the copy. What the copy does not have
    of them is written down as lost, and new papers go on behind it.

    Call it once, before web, workers and clock are started on the restored database: an order
    that is placed afterwards would be taken for an old one. Raises RestoreRefused when papers
    are written here and nobody said which were the last; then nothing has happened.
    """
    lost = _lose(_last_papers(last_papers), actor=actor)
    providers = _pause_all()
    orders = 0
    while waiting := _waiting():
        _leave_unknown(waiting, now=now)
        orders += len(waiting)
    refills, cancels = _doubt_wishes(now=now)
    return Restored(providers, orders, refills, cancels, _skip_ids(min(skip, SKIP_MAX)), lost)


def go_on() -> int:
    """Resume the providers that after_restore() paused; returns how many."""
    paused = list(Provider.objects.filter(pause_reason=REASON).values_list("pk", flat=True))
    for provider_id in paused:
        health.resume(provider_id)
    return len(paused)


def last_known() -> list[PaperNumber]:
    """The last number of each kind and year that the database knows, the newest year first."""
    series = InvoiceSeries.objects.filter(last_number__gt=0).order_by("-year", "-kind")
    return [PaperNumber(row.kind, row.year, row.last_number) for row in series]


def _last_papers(named: Sequence[PaperNumber] | None) -> Sequence[PaperNumber]:
    """What was named, if it can be; each kind that is counted here must be, unless none is."""
    if named is None:
        if Seller.objects.exists():
            raise RestoreRefused("Papers are written here: which numbers were the last?")
        return []
    missing = {last.kind for last in last_known()} - {last.kind for last in named}
    if named and missing:
        kinds = ", ".join(sorted(str(Invoice.Kind(kind).label) for kind in missing))
        raise RestoreRefused(f"Name the last number of each kind; missing: {kinds}.")
    return named


@transaction.atomic
def _lose(last_papers: Sequence[PaperNumber], *, actor: str) -> list[LostNumbers]:
    """Write down the numbers between those of the copy and the last ones; those lost by this."""
    counted = {(row.kind, row.year): row.number for row in last_known()}
    lost = []
    for last in last_papers:
        count = last.number - counted.get((last.kind, last.year), 0)
        if count > LOST_MAX:
            raise RestoreRefused(f"{last.label}: {count:,} numbers cannot have been lost.")
        if count > 0:
            counted[last.kind, last.year] = last.number
            line = LostNumbers.objects.create(
                kind=last.kind, year=last.year, first=0, last=last.number, actor=actor
            )  # the database says where they begin
            line.refresh_from_db()
            lost.append(line)
    return lost


def _pause_all() -> int:
    """Also no probe of gaps: what it finds may be an order that the copy does not know at all."""
    for provider_id in Provider.objects.values_list("pk", flat=True):
        health.pause(provider_id, until=NEVER, reason=REASON)
    Provider.objects.filter(gap_probe=True).update(gap_probe=False)
    return Provider.objects.filter(pause_reason=REASON).count()


def _waiting() -> list[int]:
    may_be_sent = Order.objects.filter(
        status__in=[Status.PENDING, Status.SUBMITTING], provider__isnull=False
    )
    return list(may_be_sent.order_by("pk").values_list("pk", flat=True)[:MOVES_MAX])


@transaction.atomic
def _leave_unknown(order_ids: Sequence[int], *, now: datetime) -> None:
    """As if each had been sent and no answer had come."""
    expire_attempts(order_ids, Attempt.Action.ADD, now=now)
    rows = Order.objects.filter(pk__in=order_ids).values_list("pk", "provider_id", "offer_id")
    Attempt.objects.bulk_create(
        Attempt(
            order_id=order_id,
            provider_id=provider_id,
            offer_id=offer_id,
            outcome=Attempt.Outcome.SILENT,
            answer=_MAY_BE_SENT,
            lease_until=now,
            closed_at=Now(),
        )
        for order_id, provider_id, offer_id in rows
    )
    for status in (Status.SUBMITTING, Status.UNCONFIRMED):
        move_many([Move(order_id, status) for order_id in order_ids], now=now)
    _ask(order_ids, "unconfirmed")


def _ask(order_ids: Sequence[int], kind: str) -> None:
    Review.objects.bulk_create(
        [Review(order_id=i, reason=Review.Reason.SILENT, evidence=_MAY_BE_SENT) for i in order_ids],
        ignore_conflicts=True,
    )
    OrderEvent.objects.bulk_create(
        OrderEvent(order_id=order_id, kind=kind, text=_MAY_BE_SENT) for order_id in order_ids
    )


@transaction.atomic
def _doubt_wishes(*, now: datetime) -> tuple[int, int]:
    """Refills and cancels that may have been asked for. An order's own status tells the latter."""
    refills = Refill.objects.filter(
        status__in=[RefillStatus.REQUESTED, RefillStatus.SUBMITTING], order__provider__isnull=False
    )
    cancels = CancelRequest.objects.filter(
        status__in=[CancelStatus.REQUESTED, CancelStatus.SUBMITTING], order__provider__isnull=False
    )
    refilled = list(refills.values_list("order_id", flat=True))
    canceled = list(cancels.values_list("order_id", flat=True))
    expire_attempts(refilled, Attempt.Action.REFILL, now=now)
    expire_attempts(canceled, Attempt.Action.CANCEL, now=now)
    refills.update(status=RefillStatus.UNCONFIRMED, due_at=None, claimed_until=None)
    cancels.update(status=CancelStatus.UNCONFIRMED, due_at=None, claimed_until=None)
    _ask(refilled, "refill_unconfirmed")
    OrderEvent.objects.bulk_create(
        OrderEvent(order_id=i, kind="cancel_unconfirmed", text=_MAY_BE_SENT) for i in canceled
    )
    return len(refilled), len(canceled)


def _skip_ids(skip: int) -> int:
    """Leave out the ids that may have been given since the copy; returns the last one left out."""
    left_out = []
    with connection.cursor() as cursor:
        for table in _NUMBERED:
            cursor.execute(_SKIP, [table, table, skip])
            left_out.append(cursor.fetchone()[0])
    return int(left_out[0]) + 1
