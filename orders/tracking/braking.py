"""The refund brake: when a provider suddenly cancels an unusual share, no money moves by itself.

Partial with all or nearly all left is canceled by another word, and counts as that.
Held orders stay as they are, each with an open question. Releasing lets exactly those orders end;
whatever is reported after that is measured anew.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet

from orders.closing import Ending
from orders.models import EndTally, Order, OrderEvent, PollBucket, Review

ROUND_LEAST = 20
ROUND_SHARE = 0.3
HOUR_LEAST = 50
HOUR_SHARE = 0.8
HOUR = timedelta(hours=1)
RELEASED = "released"
DISMISSED = "dismissed"


def held_back(
    provider_id: int, canceled: Mapping[int, Ending], *, ended: int, answered: int, now: datetime
) -> set[int]:
    """Which of the ends in ``canceled`` must wait for a person; each gets its question.

    ``ended`` is how many orders ended at once with these, ``answered`` how many the provider
    spoke of: to measure the share by.
    """
    waiting = set(canceled) - _released(canceled)
    if not waiting:
        return set()
    if not (is_on(provider_id) or _is_unusual(provider_id, len(waiting), ended, answered, now)):
        return set()
    evidence = f"{len(waiting)} of {answered} orders were reported as canceled at once."
    known = set(
        _open_questions(provider_id).filter(order__in=waiting).values_list("order_id", flat=True)
    )
    fresh = sorted(waiting - known)
    Review.objects.bulk_create(
        [Review(order_id=i, reason=Review.Reason.BRAKE, evidence=evidence) for i in fresh],
        ignore_conflicts=True,
    )
    OrderEvent.objects.bulk_create(
        OrderEvent(order_id=i, kind="held", text=canceled[i].evidence, at=now) for i in fresh
    )
    return waiting


def is_on(provider_id: int) -> bool:
    """Whether refunds of this provider are held at the moment."""
    return _open_questions(provider_id).exists()


def release(provider_id: int, *, actor: str, now: datetime) -> int:
    """The cancellations are real: the held orders end at the next poll, which is now due."""
    return _answer(provider_id, RELEASED, actor=actor, now=now)


def dismiss(provider_id: int, *, actor: str, now: datetime) -> int:
    """The reports were wrong (a mixed-up key, say): forget them, and ask again now."""
    return _answer(provider_id, DISMISSED, actor=actor, now=now)


def _answer(provider_id: int, resolution: str, *, actor: str, now: datetime) -> int:
    held = list(_open_questions(provider_id).values_list("order_id", flat=True))
    Review.objects.filter(order_id__in=held, reason=Review.Reason.BRAKE, resolved_at=None).update(
        resolved_at=now, resolution=resolution, actor=actor
    )
    OrderEvent.objects.bulk_create(
        OrderEvent(order_id=order_id, kind=resolution, actor=actor, at=now) for order_id in held
    )
    buckets = Order.objects.filter(pk__in=held).values("bucket_id")
    PollBucket.objects.filter(pk__in=buckets).update(due_at=now)
    return len(held)


def _open_questions(provider_id: int) -> QuerySet[Review]:
    return Review.objects.filter(
        reason=Review.Reason.BRAKE, resolved_at=None, order__provider_id=provider_id
    )


def _released(order_ids: Iterable[int]) -> set[int]:
    return set(
        Review.objects.filter(
            order_id__in=list(order_ids), reason=Review.Reason.BRAKE, resolution=RELEASED
        ).values_list("order_id", flat=True)
    )


def _is_unusual(provider_id: int, canceled: int, ended: int, answered: int, now: datetime) -> bool:
    if canceled >= ROUND_LEAST and canceled > ROUND_SHARE * answered:
        return True
    before, canceled_before = EndTally.lately(provider_id, since=now - HOUR)
    canceled_now = canceled + canceled_before
    return canceled_now >= HOUR_LEAST and canceled_now > HOUR_SHARE * (ended + before)
