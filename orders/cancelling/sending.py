"""Wishes to cancel go to their provider, a hundred in one request, each at most once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from orders import closing
from orders.cancelling.requesting import NOT_SENT
from orders.lifecycle import AT_PROVIDER, CancelStatus, Status
from orders.models import Attempt, CancelRequest, Order, OrderEvent
from orders.models.patience import until_written
from orders.models.turns import CANCELLING, turn
from orders.models.wishes import Outcome, close_attempt, expire_attempts, open_attempts
from orders.wishes import backoff, lease, read_outcome, tell_health
from providers.client import IDS_MAX, Connection, cancel
from providers.models import Provider

SENT_MAX = 1_000
UNSENT_MAX = 500
ROUND_S = 30


@dataclass(frozen=True, slots=True)
class Sending:
    """A request that is being sent, and the attempt that says so."""

    request_id: int
    order_id: int
    upstream_id: str
    tries: int
    attempt_id: int


def forward_cancels(provider_id: int, *, now: datetime, limit: int = SENT_MAX) -> int:
    """Send the due requests of a provider; returns how many were sent, in about ROUND_S at most.

    Orders that turned out not to be sent are canceled at once. Accepted means requested: the
    order goes on until the provider reports its end.
    Does nothing while another round of this provider is under way.
    """
    with turn(provider_id, CANCELLING) as is_ours:
        if not is_ours:
            return 0
        provider = Provider.objects.get(pk=provider_id)
        expire_claims(provider_id, now=now)
        _cancel_unsent(provider_id, now=now)
        if provider.circuit_open_until is not None and provider.circuit_open_until > now:
            return 0
        return _forward(provider, limit=limit, now=now)


@transaction.atomic
def expire_claims(provider_id: int, *, now: datetime) -> int:
    """What a lost worker was sending is UNCONFIRMED; the order's status will tell."""
    stale = (
        CancelRequest.objects.select_for_update(skip_locked=True, of=("self", "order"))
        .select_related("order")
        .filter(status=CancelStatus.SUBMITTING, claimed_until__lte=now)
        .filter(order__provider_id=provider_id)
    )
    rows = {request.pk: request.order_id for request in stale}
    expire_attempts(list(rows.values()), Attempt.Action.CANCEL, now=now)
    for request_id, order_id in rows.items():
        _write(request_id, CancelStatus.UNCONFIRMED, due_at=None)
        _note(order_id, "cancel_unconfirmed", "The worker was lost while it asked.", now)
    return len(rows)


def _cancel_unsent(provider_id: int, *, now: datetime) -> None:
    """An order whose sending failed, or was found not to have happened, needs no provider."""
    unsent = CancelRequest.objects.filter(
        status=CancelStatus.REQUESTED,
        order__provider_id=provider_id,
        order__status=Status.PENDING,
    )
    for order_id in unsent.values_list("order_id", flat=True)[:UNSENT_MAX]:
        # The claim for sending may be faster; then the request waits for acceptance after all.
        pending = frozenset({Status.PENDING})
        ending = closing.Ending(order_id, Status.CANCELED, evidence=NOT_SENT)
        closing.close_many([ending], now=now, expected=pending)


def _forward(provider: Provider, *, limit: int, now: datetime) -> int:
    sent, began = 0, time.monotonic()
    while sent < limit and time.monotonic() - began < ROUND_S:
        batch = _claim(provider, now=now)
        if not batch:
            break
        sent += len(batch)
        reply = cancel(Connection.of(provider), [sending.upstream_id for sending in batch])
        for sending in batch:
            _record(sending, read_outcome(reply, sending.upstream_id), now=now)
        if not tell_health(provider.pk, [reply], now=now):
            break
    return sent


@transaction.atomic
def _claim(provider: Provider, *, now: datetime) -> list[Sending]:
    due = list(
        CancelRequest.objects.select_for_update(skip_locked=True, of=("self", "order"))
        .select_related("order")
        .filter(status=CancelStatus.REQUESTED, due_at__lte=now, order__provider=provider)
        .filter(order__status__in=AT_PROVIDER, order__upstream_id__isnull=False)
        .order_by("due_at")[:IDS_MAX]
    )
    lease_until = lease(provider, now=now)
    CancelRequest.objects.filter(pk__in=[row.pk for row in due]).update(
        status=CancelStatus.SUBMITTING, claimed_until=lease_until, due_at=lease_until
    )
    attempts = open_attempts(
        [row.order_id for row in due],
        Attempt.Action.CANCEL,
        provider_id=provider.pk,
        lease_until=lease_until,
        now=now,
    )
    return [
        Sending(r.pk, r.order_id, r.order.upstream_id or "", r.tries, attempts[r.order_id])
        for r in due
    ]


@until_written
@transaction.atomic
def _record(sending: Sending, outcome: Outcome, *, now: datetime) -> None:
    # The order first, as everywhere: who ends it settles its requests.
    Order.objects.select_for_update().get(pk=sending.order_id)
    if close_attempt(sending.attempt_id, outcome, now=now):
        _RECORDERS[outcome.outcome](sending, outcome, now)


def _accepted(sending: Sending, outcome: Outcome, now: datetime) -> None:
    if _write(sending.request_id, CancelStatus.ACCEPTED, due_at=None):
        _note(sending.order_id, "cancel_accepted", outcome.told, now)


def _refused(sending: Sending, outcome: Outcome, now: datetime) -> None:
    columns = {"answer": outcome.told, "due_at": None, "closed_at": now}
    if _write(sending.request_id, CancelStatus.REFUSED, **columns):
        _note(sending.order_id, "cancel_refused", outcome.told, now)


def _later(sending: Sending, outcome: Outcome, now: datetime) -> None:
    due_at = now + backoff(sending.tries, outcome.retry_after_s)
    tries = min(sending.tries + 1, 1_000)
    _write(sending.request_id, CancelStatus.REQUESTED, due_at=due_at, tries=tries)


def _unconfirmed(sending: Sending, outcome: Outcome, now: datetime) -> None:
    if _write(sending.request_id, CancelStatus.UNCONFIRMED, due_at=None):
        _note(sending.order_id, "cancel_unconfirmed", outcome.answer, now)


def _write(request_id: int, status: str, **columns: object) -> bool:
    in_doubt = [CancelStatus.SUBMITTING, CancelStatus.UNCONFIRMED]
    rows = CancelRequest.objects.filter(pk=request_id, status__in=in_doubt)
    return bool(rows.update(status=status, claimed_until=None, **columns))


def _note(order_id: int, kind: str, text: str, now: datetime) -> None:
    OrderEvent.objects.create(order_id=order_id, kind=kind, text=text, at=now)


_RECORDERS: dict[str, Callable[[Sending, Outcome, datetime], None]] = {
    Attempt.Outcome.ACCEPTED: _accepted,
    Attempt.Outcome.REFUSED: _refused,
    Attempt.Outcome.UNREACHABLE: _later,
    Attempt.Outcome.SILENT: _unconfirmed,
}
