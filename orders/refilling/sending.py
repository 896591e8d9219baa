"""Refills go to their provider, at most once each: the call cannot be repeated safely."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from orders.lifecycle import RefillStatus
from orders.models import Attempt, Order, OrderEvent, Refill, Review
from orders.models.patience import until_written
from orders.models.turns import REFILLING, turn
from orders.models.wishes import (
    Outcome,
    close_attempt,
    expire_attempts,
    open_attempts,
)
from orders.wishes import Reply, backoff, lease, read_outcome, tell_health
from providers.client import Connection, refill
from providers.models import Provider
from providers.pace import Pace

SENT_MAX = 200
ROUND_S = 30
FIRST_LOOK = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Sending:
    """A refill that is being asked for, and the attempt that says so."""

    refill_id: int
    order_id: int
    upstream_id: str
    tries: int
    attempt_id: int


def forward_refills(provider_id: int, *, now: datetime, limit: int = SENT_MAX) -> int:
    """Send the due refills of a provider; returns how many were sent, in about ROUND_S at most.

    What nobody can know about (no answer, a broken one) is UNCONFIRMED and waits for a person.
    Does nothing while another round of this provider is under way.
    """
    with turn(provider_id, REFILLING) as is_ours:
        if not is_ours:
            return 0
        provider = Provider.objects.get(pk=provider_id)
        expire_claims(provider_id, now=now)
        if provider.circuit_open_until is not None and provider.circuit_open_until > now:
            return 0
        return _forward(provider, limit=limit, now=now)


@transaction.atomic
def expire_claims(provider_id: int, *, now: datetime) -> int:
    """What a lost worker was sending is UNCONFIRMED: the provider may have it."""
    stale = (
        Refill.objects.select_for_update(skip_locked=True, of=("self", "order"))
        .select_related("order")
        .filter(status=RefillStatus.SUBMITTING, claimed_until__lte=now)
        .filter(order__provider_id=provider_id)
    )
    rows = {refill.pk: refill.order_id for refill in stale}
    expire_attempts(list(rows.values()), Attempt.Action.REFILL, now=now)
    for refill_id, order_id in rows.items():
        _unconfirmed(refill_id, order_id, "The worker was lost while it asked.", now=now)
    return len(rows)


def _forward(provider: Provider, *, limit: int, now: datetime) -> int:
    sent, began = 0, time.monotonic()
    pace = Pace(provider.rate_per_s, burst=provider.concurrency)
    while sent < limit and time.monotonic() - began < ROUND_S:
        batch = _claim(provider, now=now)
        if not batch:
            break
        sent += len(batch)
        replies = _send(provider, batch, pace)
        for sending, reply in zip(batch, replies, strict=True):
            _record(provider.pk, sending, reply, now=now)
        if not tell_health(provider.pk, replies, now=now):
            break
    return sent


@transaction.atomic
def _claim(provider: Provider, *, now: datetime) -> list[Sending]:
    """Take as many as can be sent at once, so that no claim waits for its turn."""
    due = list(
        Refill.objects.select_for_update(skip_locked=True, of=("self", "order"))
        .select_related("order")
        .filter(status=RefillStatus.REQUESTED, due_at__lte=now)
        .filter(order__provider=provider, order__upstream_id__isnull=False)
        .order_by("due_at")[: provider.concurrency]
    )
    lease_until = lease(provider, now=now)
    Refill.objects.filter(pk__in=[row.pk for row in due]).update(
        status=RefillStatus.SUBMITTING, claimed_until=lease_until, due_at=lease_until
    )
    attempts = open_attempts(
        [row.order_id for row in due],
        Attempt.Action.REFILL,
        provider_id=provider.pk,
        lease_until=lease_until,
        now=now,
    )
    return [
        Sending(r.pk, r.order_id, r.order.upstream_id or "", r.tries, attempts[r.order_id])
        for r in due
    ]


def _send(provider: Provider, batch: Sequence[Sending], pace: Pace) -> list[Reply]:
    """One call for each: an answer about many at once would leave more in doubt."""
    conn = Connection.of(provider)

    def send(sending: Sending) -> Reply:
        pace.wait()
        return refill(conn, [sending.upstream_id])

    with ThreadPoolExecutor(max_workers=len(batch)) as pool:
        return list(pool.map(send, batch))


@until_written
@transaction.atomic
def _record(provider_id: int, sending: Sending, reply: Reply, *, now: datetime) -> None:
    Order.objects.select_for_update().get(pk=sending.order_id)
    outcome = read_outcome(reply, sending.upstream_id)
    if outcome.upstream_id and _is_taken(provider_id, sending, outcome.upstream_id):
        text = f"Refill id {outcome.upstream_id} belongs to another refill. {outcome.answer}"
        outcome = Outcome(Attempt.Outcome.SILENT, text, outcome.http_status, outcome.elapsed_ms)
    if not close_attempt(sending.attempt_id, outcome, now=now):
        return
    _RECORDERS[outcome.outcome](sending, outcome, now)


def _is_taken(provider_id: int, sending: Sending, upstream_id: str) -> bool:
    same = Refill.objects.filter(upstream_id=upstream_id, order__provider_id=provider_id)
    return same.exclude(pk=sending.refill_id).exists()


def _accepted(sending: Sending, outcome: Outcome, now: datetime) -> None:
    _write(
        sending.refill_id,
        RefillStatus.IN_PROGRESS,
        upstream_id=outcome.upstream_id,
        due_at=now + FIRST_LOOK,
        tries=0,
    )
    Review.settle(sending.order_id, "accepted", now=now, actor="", reason=Review.Reason.SILENT)
    _note(sending.order_id, "refill_accepted", f"As {outcome.upstream_id}.", now)


def _rejected(sending: Sending, outcome: Outcome, now: datetime) -> None:
    _write(
        sending.refill_id,
        RefillStatus.REJECTED,
        answer=outcome.told,
        due_at=None,
        closed_at=now,
    )
    _note(sending.order_id, "refill_rejected", outcome.told, now)


def _later(sending: Sending, outcome: Outcome, now: datetime) -> None:
    _write(
        sending.refill_id,
        RefillStatus.REQUESTED,
        due_at=now + backoff(sending.tries, outcome.retry_after_s),
        tries=min(sending.tries + 1, 1_000),
    )


def _silent(sending: Sending, outcome: Outcome, now: datetime) -> None:
    _unconfirmed(sending.refill_id, sending.order_id, outcome.answer, now=now)


def _unconfirmed(refill_id: int, order_id: int, evidence: str, *, now: datetime) -> None:
    _write(refill_id, RefillStatus.UNCONFIRMED, due_at=None)
    Review.ask(order_id, Review.Reason.SILENT, f"Refill {refill_id}: {evidence}")
    _note(order_id, "refill_unconfirmed", evidence, now)


def _write(refill_id: int, status: str, **columns: object) -> None:
    in_doubt = [RefillStatus.SUBMITTING, RefillStatus.UNCONFIRMED]
    Refill.objects.filter(pk=refill_id, status__in=in_doubt).update(
        status=status, claimed_until=None, **columns
    )


def _note(order_id: int, kind: str, text: str, now: datetime) -> None:
    OrderEvent.objects.create(order_id=order_id, kind=kind, text=text, at=now)


_RECORDERS: dict[str, Callable[[Sending, Outcome, datetime], None]] = {
    Attempt.Outcome.ACCEPTED: _accepted,
    Attempt.Outcome.REFUSED: _rejected,
    Attempt.Outcome.UNREACHABLE: _later,
    Attempt.Outcome.SILENT: _silent,
}
