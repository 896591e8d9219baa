"""What staff say about refills: done or refused by hand, or how a doubt was resolved."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from orders.lifecycle import REFILL_OPEN, RefillStatus
from orders.models import OrderEvent, Refill, Review


class RefillMoved(Exception):
    """The refill is no longer in a state where this can be said; nothing was changed."""


def complete_refill(refill_id: int, *, actor: str, now: datetime) -> Refill:
    """Staff refilled it themselves, or know that it was done. Raises RefillMoved."""
    columns = {"status": RefillStatus.COMPLETED, "due_at": None, "closed_at": now}
    return _answer(refill_id, REFILL_OPEN, "refill_completed", "", actor, now, **columns)


def reject_refill(refill_id: int, *, reason: str, actor: str, now: datetime) -> Refill:
    """It will not be done; ``reason`` is what the customer reads. Raises RefillMoved."""
    said = {"answer": reason, "told": reason}
    columns = {"status": RefillStatus.REJECTED, "due_at": None, "closed_at": now, **said}
    return _answer(refill_id, REFILL_OPEN, "refill_rejected", reason, actor, now, **columns)


def send_refill_now(refill_id: int, *, actor: str, now: datetime) -> Refill:
    """Ahead of its turn: it is sent with the next round. Raises RefillMoved."""
    sendable = Q(order__provider__isnull=False, order__upstream_id__isnull=False)
    if not Refill.objects.filter(sendable, pk=refill_id).exists():
        raise RefillMoved(f"No provider can be asked for refill {refill_id}.")
    columns = {"status": RefillStatus.REQUESTED, "due_at": now}
    return _answer(refill_id, _WAITING, "refill_requested", "", actor, now, **columns)


def refill_was_placed(refill_id: int, upstream_id: str, *, actor: str, now: datetime) -> Refill:
    """The provider has it, as ``upstream_id``: it is asked for from now on. Raises RefillMoved."""
    columns = {
        "status": RefillStatus.IN_PROGRESS,
        "upstream_id": upstream_id,
        "due_at": now,
        "tries": 0,
    }
    text = f"As {upstream_id}."
    return _answer(refill_id, _IN_DOUBT, "refill_accepted", text, actor, now, **columns)


def refill_was_not_placed(refill_id: int, *, actor: str, now: datetime) -> Refill:
    """The provider does not have it: it is sent again. Raises RefillMoved."""
    columns = {"status": RefillStatus.REQUESTED, "due_at": now}
    return _answer(refill_id, _IN_DOUBT, "refill_requested", "", actor, now, **columns)


@transaction.atomic
def _answer(
    refill_id: int,
    expected: Iterable[str],
    kind: str,
    text: str,
    actor: str,
    now: datetime,
    **columns: object,
) -> Refill:
    rows = Refill.objects.filter(pk=refill_id, status__in=expected)
    # While it is being sent, only the sender may say what came of it.
    if not rows.exclude(status=RefillStatus.SUBMITTING).update(claimed_until=None, **columns):
        raise RefillMoved(f"Refill {refill_id} is not waiting for this answer.")
    refill = Refill.objects.get(pk=refill_id)
    OrderEvent.objects.create(order_id=refill.order_id, kind=kind, text=text, actor=actor, at=now)
    Review.settle(refill.order_id, kind, now=now, actor=actor, evidence__startswith="Refill ")
    return refill


_WAITING = (RefillStatus.REQUESTED,)
_IN_DOUBT = (RefillStatus.UNCONFIRMED,)
