"""What became of refills: statuses a hundred at a time, rarer as they grow old."""

import time
from datetime import datetime, timedelta

from django.db import transaction

from orders.lifecycle import RefillStatus
from orders.models import OrderEvent, Refill, Review, StatusWord
from orders.models.buckets import jittered
from orders.models.turns import REFILLING, turn
from providers import health
from providers.client import IDS_MAX, Connection, ProviderFailed, refill_statuses
from providers.models import Provider
from providers.wire import Problem, RefillReport, RefillState

POLLED_MAX = 2_000
ROUND_S = 30
LEASE = timedelta(minutes=10)
RETRY = timedelta(minutes=2)
AGE_MAX = timedelta(days=90)
MISSES_FOR_REVIEW = 10
AGES = (
    (timedelta(hours=1), timedelta(minutes=5)),
    (timedelta(days=1), timedelta(minutes=30)),
)
OLD_INTERVAL = timedelta(hours=2)

_ENDS = {
    RefillState.COMPLETED: (RefillStatus.COMPLETED, "refill_completed"),
    RefillState.REJECTED: (RefillStatus.REJECTED, "refill_rejected"),
    RefillState.ERROR: (RefillStatus.REJECTED, "refill_rejected"),
}


def poll_refills(provider_id: int, *, now: datetime, limit: int = POLLED_MAX) -> int:
    """Ask a provider about its due refills, for about ROUND_S; returns how many ended.

    Does nothing while another round of this provider is under way.
    """
    with turn(provider_id, REFILLING) as is_ours:
        provider = Provider.objects.get(pk=provider_id)
        is_closed = provider.circuit_open_until is None or provider.circuit_open_until <= now
        return _poll(provider, limit=limit, now=now) if is_ours and is_closed else 0


def _poll(provider: Provider, *, limit: int, now: datetime) -> int:
    ended, began = 0, time.monotonic()
    for _ in range(-(-limit // IDS_MAX)):
        if time.monotonic() - began >= ROUND_S:
            break
        refills = _claim(provider.pk, now=now)
        if not refills:
            break
        try:
            said = refill_statuses(
                Connection.of(provider), [refill.upstream_id or "" for refill in refills]
            )
        except ProviderFailed as failure:
            # Their lease is their next turn: nothing is known, so nothing is written.
            health.record_failure(provider.pk, error=failure.evidence, now=now)
            break
        ended += sum(_record(provider.pk, r, said.get(r.upstream_id or ""), now) for r in refills)
    return ended


@transaction.atomic
def _claim(provider_id: int, *, now: datetime) -> list[Refill]:
    """Take the next hundred by moving their turn: a lost worker delays them, no more."""
    due = list(
        Refill.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(status=RefillStatus.IN_PROGRESS, due_at__lte=now, upstream_id__isnull=False)
        .filter(order__provider_id=provider_id)
        .order_by("due_at")[:IDS_MAX]
    )
    Refill.objects.filter(pk__in=[refill.pk for refill in due]).update(due_at=now + RETRY)
    return due


@transaction.atomic
def _record(
    provider_id: int, refill: Refill, said: RefillReport | Problem | None, now: datetime
) -> bool:
    """Write what was said about one refill; whether it ended by it."""
    if isinstance(said, RefillReport) and said.state in _ENDS:
        return _end(refill, said, now)
    if isinstance(said, RefillReport):
        if said.state is RefillState.UNKNOWN:
            _count_word(provider_id, refill, said.word, now)
        _ask_again(refill, misses=0, now=now)
        return False
    text = said.text if said else "The answers do not speak of it."
    if refill.tries + 1 >= MISSES_FOR_REVIEW:
        evidence = f"Refill {refill.upstream_id}: {text}"
        _ask_once(refill.order_id, Review.Reason.MISSING, evidence)
    _ask_again(refill, misses=refill.tries + 1, now=now)
    return False


def _end(refill: Refill, said: RefillReport, now: datetime) -> bool:
    status, kind = _ENDS[said.state]
    is_ours = Refill.objects.filter(pk=refill.pk, status=RefillStatus.IN_PROGRESS).update(
        status=status, answer=said.word, due_at=None, closed_at=now
    )
    if is_ours:
        OrderEvent.objects.create(order_id=refill.order_id, kind=kind, text=said.word, at=now)
    return bool(is_ours)


def _ask_again(refill: Refill, *, misses: int, now: datetime) -> None:
    age = now - refill.created_at
    due_at = now + jittered(next((wait for limit, wait in AGES if age < limit), OLD_INTERVAL))
    if age >= AGE_MAX:
        _ask_once(refill.order_id, Review.Reason.TOO_OLD, f"Refill {refill.upstream_id} is open.")
    Refill.objects.filter(pk=refill.pk, status=RefillStatus.IN_PROGRESS).update(
        due_at=None if age >= AGE_MAX else due_at, tries=min(misses, 1_000)
    )


def _count_word(provider_id: int, refill: Refill, word: str, now: datetime) -> None:
    if StatusWord.count(provider_id, {word: 1}, now=now):
        evidence = f"Unknown word “{word}” for a refill."
        _ask_once(refill.order_id, Review.Reason.WORD, evidence)


def _ask_once(order_id: int, reason: str, evidence: str) -> None:
    """A question that a person has answered is not asked again for the same evidence."""
    if not Review.objects.filter(order_id=order_id, reason=reason, evidence=evidence).exists():
        Review.ask(order_id, reason, evidence)
