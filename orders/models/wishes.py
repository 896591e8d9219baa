"""Queries that refills and cancels share: the call that is about to be made, and what came of it.

Intent is committed before the call: a wish is claimed and its attempt opened in one transaction,
and only the hand that opened an attempt may record its outcome.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Min, QuerySet

from orders.models.refill import CancelRequest, Refill
from orders.models.timeline import EVIDENCE_MAX, Attempt

_SETTLE_CANCELS = """
    UPDATE orders_cancelrequest AS r
       SET status = CASE WHEN o.status IN ('canceled', 'partial') THEN 'done' ELSE 'refused' END,
           answer = CASE WHEN o.status IN ('canceled', 'partial') OR r.answer <> '' THEN r.answer
                         ELSE 'The order ended first: ' || o.status END,
           closed_at = %s, due_at = NULL, claimed_until = NULL
      FROM orders_order AS o
     WHERE o.id = r.order_id AND r.order_id = ANY(%s)
       AND r.status IN ('requested', 'submitting', 'unconfirmed', 'accepted')
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is due now and not done yet."""

    rows: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt."""

    outcome: str
    answer: str
    http_status: int | None = None
    elapsed_ms: int | None = None
    upstream_id: str | None = None
    told: str = ""
    """The provider's own words, for the customer."""
    retry_after_s: int | None = None


def open_attempts(
    order_ids: Sequence[int], action: str, *, provider_id: int, lease_until: datetime, now: datetime
) -> dict[int, int]:
    """Open one attempt for each order; returns their ids by order.

    Raises IntegrityError when an order has one of this action open already.
    """
    made = Attempt.objects.bulk_create(
        Attempt(
            order_id=order_id,
            action=action,
            provider_id=provider_id,
            request={"action": action},
            lease_until=lease_until,
            opened_at=now,
        )
        for order_id in order_ids
    )
    return {attempt.order_id: attempt.pk for attempt in made}


def close_attempt(attempt_id: int, outcome: Outcome, *, now: datetime) -> bool:
    """Record what came of an attempt. A late answer may still amend a silent one; else False."""
    known = Attempt.objects.filter(
        pk=attempt_id, outcome__in=[Attempt.Outcome.OPEN, Attempt.Outcome.SILENT]
    )
    changed = known.update(
        outcome=outcome.outcome,
        answer=outcome.answer[:EVIDENCE_MAX],
        http_status=outcome.http_status,
        elapsed_ms=outcome.elapsed_ms,
        upstream_id=outcome.upstream_id,
        closed_at=now,
    )
    return bool(changed)


def expire_attempts(order_ids: Sequence[int], action: str, *, now: datetime) -> None:
    """Nobody will answer for these any more: what became of them is unknown."""
    open_ones = Attempt.objects.filter(
        order_id__in=order_ids, action=action, outcome=Attempt.Outcome.OPEN
    )
    open_ones.update(outcome=Attempt.Outcome.SILENT, answer="The worker was lost.", closed_at=now)


def settle_cancels(order_ids: Sequence[int], *, now: datetime) -> None:
    """Close the wishes to cancel orders that have ended: done, or too late."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE_CANCELS, [now, list(order_ids)])


def backlog_of(due: QuerySet[Refill] | QuerySet[CancelRequest]) -> Backlog:
    """How many of the wishes in ``due`` there are, and since when the oldest waits."""
    return Backlog(due.count(), due.aggregate(oldest=Min("due_at"))["oldest"])
