"""Rounds of refills or cancels: claimed, sent, and what came of each written by who sent it.

Both are calls that cannot be repeated safely, so both go the same way; what differs between them
stands in an `Errand`. The states of both have the same names.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from orders.lifecycle import RefillStatus
from orders.models import Attempt, CancelRequest, Order, OrderEvent, Refill
from orders.models.patience import until_written
from orders.models.turns import turn
from orders.models.wishes import Outcome, close_attempt, expire_attempts, open_attempts
from orders.wishes.answers import Reply, backoff, lease, read_outcome, tell_health
from providers.models import Provider
from providers.pace import Pace

ROUND_S = 30
TRIES_MAX = 1_000
REQUESTED, SUBMITTING, UNCONFIRMED = (
    str(status)
    for status in (RefillStatus.REQUESTED, RefillStatus.SUBMITTING, RefillStatus.UNCONFIRMED)
)
LOST = "The worker was lost while it asked."


@dataclass(frozen=True, slots=True)
class Sending:
    """A wish that is being sent, and the attempt that says so."""

    wish_id: int
    order_id: int
    upstream_id: str
    tries: int
    attempt_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What tells refills and cancels apart."""

    rows: type[Refill] | type[CancelRequest]
    action: Attempt.Action
    turn: int
    sendable: Q
    """The wishes that the provider can be asked for as their order is now."""
    batch_max: Callable[[Provider], int]
    send: Callable[[Provider, Sequence[Sending], Pace], list[Reply]]
    """One answer for each."""
    accepted: Callable[[Sending, Outcome, datetime], None]
    refused: Callable[[Sending, Outcome, datetime], None]
    doubt: Callable[[int, int, str, datetime], None]
    """Nobody can know: the wish, its order, the evidence, when."""
    prepare: Callable[[int, datetime], None] = lambda provider_id, now: None
    """Something that can be done first, without the provider."""
    check: Callable[[int, Sending, Outcome], Outcome] = lambda provider_id, sending, outcome: (
        outcome
    )
    """An outcome seen in the light of what is known already."""


def forward(errand: Errand, provider_id: int, *, now: datetime, limit: int) -> int:
    """Send what is due at a provider; returns how many were sent, in about ROUND_S at most.

    Does nothing while another round of this errand is under way there.
    """
    with turn(provider_id, errand.turn) as is_ours:
        if not is_ours:
            return 0
        provider = Provider.objects.get(pk=provider_id)
        expire_claims(errand, provider_id, now=now)
        if errand.prepare is not None:
            errand.prepare(provider_id, now)
        if provider.circuit_open_until is not None and provider.circuit_open_until > now:
            return 0
        return _forward(errand, provider, limit=limit, now=now)


@transaction.atomic
def expire_claims(errand: Errand, provider_id: int, *, now: datetime) -> int:
    """What a lost worker was sending is in doubt: the provider may have it."""
    stale = (
        errand.rows.objects.select_for_update(skip_locked=True, of=("self", "order"))
        .select_related("order")
        .filter(status=SUBMITTING, claimed_until__lte=now, order__provider_id=provider_id)
    )
    rows = {wish.pk: wish.order_id for wish in stale}
    expire_attempts(list(rows.values()), errand.action, now=now)
    for wish_id, order_id in rows.items():
        errand.doubt(wish_id, order_id, LOST, now)
    return len(rows)


def write(
    rows: type[Refill] | type[CancelRequest], wish_id: int, status: str, **columns: object
) -> bool:
    """What came of a sending; False when somebody else has decided about the wish meanwhile."""
    ours = rows.objects.filter(pk=wish_id, status__in=[SUBMITTING, UNCONFIRMED])
    return bool(ours.update(status=status, claimed_until=None, **columns))


def note(order_id: int, kind: str, text: str, now: datetime) -> None:
    OrderEvent.objects.create(order_id=order_id, kind=kind, text=text, at=now)


def _forward(errand: Errand, provider: Provider, *, limit: int, now: datetime) -> int:
    sent, began = 0, time.monotonic()
    pace = Pace(provider.rate_per_s, burst=provider.concurrency)
    while sent < limit and time.monotonic() - began < ROUND_S:
        batch = _claim(errand, provider, now=now)
        if not batch:
            break
        sent += len(batch)
        replies = errand.send(provider, batch, pace)
        for sending, reply in zip(batch, replies, strict=True):
            _record(errand, provider.pk, sending, reply, now=now)
        if not tell_health(provider.pk, replies, now=now):
            break
    return sent


@transaction.atomic
def _claim(errand: Errand, provider: Provider, *, now: datetime) -> list[Sending]:
    """Take as many as can be sent at once, so that no claim waits for its turn."""
    due: list[Any] = list(
        errand.rows.objects.select_for_update(skip_locked=True, of=("self", "order"))
        .select_related("order")
        .filter(errand.sendable, status=REQUESTED, due_at__lte=now)
        .filter(order__provider=provider, order__upstream_id__isnull=False)
        .order_by("due_at")[: errand.batch_max(provider)]
    )
    lease_until = lease(provider, now=now)
    errand.rows.objects.filter(pk__in=[wish.pk for wish in due]).update(
        status=SUBMITTING, claimed_until=lease_until, due_at=lease_until
    )
    attempts = open_attempts(
        [wish.order_id for wish in due],
        errand.action,
        provider_id=provider.pk,
        lease_until=lease_until,
        now=now,
    )
    return [
        Sending(w.pk, w.order_id, w.order.upstream_id or "", w.tries, attempts[w.order_id])
        for w in due
    ]


@until_written
@transaction.atomic
def _record(
    errand: Errand, provider_id: int, sending: Sending, reply: Reply, *, now: datetime
) -> None:
    # The order first, as everywhere: who ends it settles its requests.
    Order.objects.select_for_update().get(pk=sending.order_id)
    outcome = read_outcome(reply, sending.upstream_id)
    if errand.check is not None:
        outcome = errand.check(provider_id, sending, outcome)
    if not close_attempt(sending.attempt_id, outcome, now=now):
        return
    match outcome.outcome:
        case Attempt.Outcome.ACCEPTED:
            errand.accepted(sending, outcome, now)
        case Attempt.Outcome.REFUSED:
            errand.refused(sending, outcome, now)
        case Attempt.Outcome.UNREACHABLE:
            _later(errand, sending, outcome, now)
        case _:
            errand.doubt(sending.wish_id, sending.order_id, outcome.answer, now)


def _later(errand: Errand, sending: Sending, outcome: Outcome, now: datetime) -> None:
    due_at = now + backoff(sending.tries, outcome.retry_after_s)
    tries = min(sending.tries + 1, TRIES_MAX)
    write(errand.rows, sending.wish_id, REQUESTED, due_at=due_at, tries=tries)
