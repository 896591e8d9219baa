"""A round of polling: claim due buckets, ask in parallel, write what changed, schedule anew."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction

from orders.lifecycle import AT_PROVIDER
from orders.models import PollBucket
from orders.models.buckets import jittered
from orders.models.turns import FOLLOWING, turn
from orders.models.wishes import Backlog
from orders.tracking.asking import ROUND_S, Answer, Asker
from orders.tracking.claiming import AGE_MAX, Claimed, adopt_homeless, claim, recount
from orders.tracking.judging import judge
from orders.tracking.metering import charge_served
from orders.tracking.pacing import RETRY, RETRY_MAX, next_interval
from orders.tracking.recording import record
from orders.tracking.verdict import Verdict
from providers import health
from providers.models import Provider
from providers.wire import StatusReport

logger = logging.getLogger(__name__)

CLAIM_MAX = 64
LEASE_FACTOR = 3
_LATE = "the round was over"

_DUE_PROVIDERS = """
    SELECT DISTINCT p.id FROM providers_provider AS p
     WHERE (p.circuit_open_until IS NULL OR p.circuit_open_until <= %s)
       AND (EXISTS (SELECT 1 FROM orders_pollbucket AS b
                     WHERE b.provider_id = p.id AND b.due_at <= %s
                       AND (b.claimed_until IS NULL OR b.claimed_until <= %s))
            OR EXISTS (SELECT 1 FROM orders_order AS o
                        WHERE o.provider_id = p.id AND o.bucket_id IS NULL
                          AND o.status = ANY(%s) AND o.upstream_id IS NOT NULL
                          AND (o.created_at > %s OR o.service_id IN
                               (SELECT id FROM orders_service WHERE type = 'Subscriptions'))))
     ORDER BY p.id
"""
_BACKLOG = """
    SELECT coalesce(sum(b.filled), 0), min(b.due_at) FROM orders_pollbucket AS b
     WHERE b.due_at <= %s
"""
_RESCHEDULE = """
    UPDATE orders_pollbucket AS b
       SET claimed_until = NULL, polled_at = coalesce(s.polled_at, b.polled_at),
           interval = s.interval, due_at = s.due_at
      FROM unnest(%s::bigint[], %s::interval[], %s::timestamptz[], %s::timestamptz[])
           AS s (bucket_id, interval, due_at, polled_at)
     WHERE b.id = s.bucket_id
"""


@dataclass(slots=True)
class Cycle:
    """What one round did: buckets and orders asked for, and what came of it."""

    buckets: int = 0
    calls: int = 0
    asked: int = 0
    answered: int = 0
    changed: int = 0
    ended: int = 0
    failed: int = 0
    error: str = ""
    currencies: set[str] = field(default_factory=set)
    """Currencies of charges that are not the provider's: a memo gone wrong, never money."""

    def __bool__(self) -> bool:
        return self.buckets > 0


def poll_due(provider_id: int, *, now: datetime, limit: int = CLAIM_MAX) -> Cycle:
    """Ask ``provider_id`` about the orders in up to ``limit`` due buckets, longest due first.

    A provider that is switched off or paused is still asked: its orders are under way. Only an
    open circuit makes it wait. False when nothing was due, or another round is under way there.
    """
    with turn(provider_id, FOLLOWING) as is_ours:
        provider = Provider.objects.get(pk=provider_id)
        is_closed = provider.circuit_open_until is None or provider.circuit_open_until <= now
        return _poll(provider, limit=limit, now=now) if is_ours and is_closed else Cycle()


def due_providers(now: datetime) -> list[int]:
    """Providers with something to ask for."""
    states = [str(status) for status in AT_PROVIDER]
    with connection.cursor() as cursor:
        cursor.execute(_DUE_PROVIDERS, [now, now, now, states, now - AGE_MAX])
        return [row[0] for row in cursor.fetchall()]


def backlog(now: datetime) -> Backlog:
    """How many orders wait to be asked for, and since when the first of them."""
    with connection.cursor() as cursor:
        cursor.execute(_BACKLOG, [now])
        return Backlog(*cursor.fetchone())


def _poll(provider: Provider, *, limit: int, now: datetime) -> Cycle:
    adopt_homeless(provider.pk, now=now)
    lease_until = now + _lease(provider)
    claimed = claim(provider.pk, lease_until=lease_until, limit=limit, now=now)
    cycle = Cycle(buckets=len(claimed))
    _reschedule([(one, 0, "") for one in claimed if not one.orders], now=now)
    seen: list[Answer] = []
    for answers in Asker(provider).ask([one for one in claimed if one.orders]):
        _take(provider, answers, cycle, now=now)
        seen += answers
    _tell_health(provider.pk, seen, now=now)
    if cycle.currencies:
        told = ", ".join(sorted(cycle.currencies))
        logger.warning("%s reports charges in %s, not in %s", provider, told, provider.currency)
    return cycle


def _lease(provider: Provider) -> timedelta:
    """What the round may take at worst, and three deadlines, so that nobody takes it meanwhile."""
    return timedelta(seconds=ROUND_S + LEASE_FACTOR * provider.timeout_s)


def _take(provider: Provider, answers: Sequence[Answer], cycle: Cycle, *, now: datetime) -> None:
    """Write what a group of answers says, and say when to ask again."""
    verdicts = [v for answer in answers for v in _verdicts(provider, answer)]
    closed = record(provider, verdicts, now=now)
    charge_served(verdicts, now=now)
    changed = {v.order.order_id for v in verdicts if v.move} | {one.order_id for one in closed}
    _reschedule(
        [
            (a.bucket, sum(o.order_id in changed for o in a.bucket.orders), _trouble(a))
            for a in answers
        ],
        now=now,
        wait_s=max((answer.retry_after_s or 0 for answer in answers), default=0),
    )
    _count(provider, cycle, answers, verdicts, changed=len(changed), ended=len(closed))


def _verdicts(provider: Provider, answer: Answer) -> list[Verdict]:
    """A call that failed says nothing about orders that no other call spoke of."""
    return [
        judge(order, said, keeps_delivered=provider.canceled_keeps_delivered)
        for order in answer.bucket.orders
        if (said := answer.about(order)) is not None or not _trouble(answer)
    ]


def _trouble(answer: Answer) -> str:
    if answer.is_late:
        return _LATE
    return answer.failure or ("not asked" if answer.is_skipped else "")


@transaction.atomic
def _reschedule(
    polled: Sequence[tuple[Claimed, int, str]], *, now: datetime, wait_s: int = 0
) -> None:
    """Say when these buckets are due again; those that nobody lives in are closed."""
    if not polled:
        return
    rows = [_schedule(*one, now=now, wait_s=wait_s) for one in polled]
    ids = [row[0] for row in rows]
    # The rows are locked first: whoever is filling one now is counted by what follows.
    list(PollBucket.objects.filter(pk__in=ids).order_by("pk").select_for_update())
    with connection.cursor() as cursor:
        cursor.execute(_RESCHEDULE, [list(column) for column in zip(*rows, strict=True)])
    recount(ids)
    PollBucket.objects.filter(pk__in=ids, filled=0).delete()


def _schedule(
    bucket: Claimed, changed: int, trouble: str, *, now: datetime, wait_s: int
) -> tuple[int, timedelta, datetime, datetime | None]:
    if trouble == _LATE:
        # It keeps its place in the row, before all that were asked.
        return bucket.bucket_id, bucket.interval, now, None
    if trouble:
        wait = min(max(RETRY, timedelta(seconds=wait_s)), RETRY_MAX)
        return bucket.bucket_id, bucket.interval, now + jittered(wait), None
    interval = next_interval(
        bucket.interval, bucket.orders, changed=changed, is_watch=bucket.is_watch, now=now
    )
    return bucket.bucket_id, interval, now + jittered(interval), now


def _count(
    provider: Provider,
    cycle: Cycle,
    answers: Sequence[Answer],
    verdicts: Sequence[Verdict],
    *,
    changed: int,
    ended: int,
) -> None:
    cycle.calls += sum(answer.calls for answer in answers)
    cycle.asked += sum(len(a.bucket.orders) for a in answers if a.calls)
    cycle.answered += sum(not verdict.is_miss for verdict in verdicts)
    cycle.changed += changed
    cycle.ended += ended
    cycle.failed += sum(bool(answer.failure) for answer in answers)
    cycle.currencies |= _strange_currencies(answers, provider.currency)
    cycle.error = next((a.failure for a in answers if a.failure), cycle.error)


def _strange_currencies(answers: Sequence[Answer], expected: str) -> set[str]:
    said = {
        report.currency.upper()
        for answer in answers
        for report in answer.said.values()
        if isinstance(report, StatusReport)
    }
    return said - {"", expected.upper()}


def _tell_health(provider_id: int, answers: Sequence[Answer], *, now: datetime) -> None:
    """One word for a whole round: each call would write the same row."""
    worked = [answer for answer in answers if not _trouble(answer)]
    failed = [answer for answer in answers if answer.failure]
    if worked:
        latency_ms = sum(answer.elapsed_ms for answer in worked) // len(worked)
        health.record_success(provider_id, latency_ms=latency_ms)
    elif failed:
        health.record_failure(provider_id, error=failed[0].failure, now=now)
