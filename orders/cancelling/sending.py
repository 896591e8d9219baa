"""Wishes to cancel go to their provider, a hundred in one request, each at most once."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from orders import closing, wishes
from orders.cancelling.requesting import NOT_SENT
from orders.lifecycle import AT_PROVIDER, CancelStatus, Status
from orders.models import Attempt, CancelRequest
from orders.models.turns import CANCELLING
from orders.models.wishes import Outcome
from orders.wishes import Reply, Sending
from providers.client import IDS_MAX, Connection, cancel
from providers.models import Provider
from providers.pace import Pace

SENT_MAX = 1_000
UNSENT_MAX = 500


def forward_cancels(provider_id: int, *, now: datetime, limit: int = SENT_MAX) -> int:
    """Send the due requests of a provider; returns how many were sent.

    Orders that turned out not to be sent are canceled at once. Accepted means requested: the
    order goes on until the provider reports its end.
    """
    return wishes.forward(_CANCELS, provider_id, now=now, limit=limit)


def expire_claims(provider_id: int, *, now: datetime) -> int:
    """What a lost worker was sending is UNCONFIRMED; the order's status will tell."""
    return wishes.expire_claims(_CANCELS, provider_id, now=now)


def _cancel_unsent(provider_id: int, now: datetime) -> None:
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


def _send(provider: Provider, batch: Sequence[Sending], pace: Pace) -> list[Reply]:
    reply = cancel(Connection.of(provider), [sending.upstream_id for sending in batch])
    return [reply] * len(batch)


def _accepted(sending: Sending, outcome: Outcome, now: datetime) -> None:
    if wishes.write(CancelRequest, sending.wish_id, CancelStatus.ACCEPTED, due_at=None):
        wishes.note(sending.order_id, "cancel_accepted", outcome.told, now)


def _refused(sending: Sending, outcome: Outcome, now: datetime) -> None:
    columns = {"answer": outcome.told, "due_at": None, "closed_at": now}
    if wishes.write(CancelRequest, sending.wish_id, CancelStatus.REFUSED, **columns):
        wishes.note(sending.order_id, "cancel_refused", outcome.told, now)


def _doubt(request_id: int, order_id: int, evidence: str, now: datetime) -> None:
    if wishes.write(CancelRequest, request_id, CancelStatus.UNCONFIRMED, due_at=None):
        wishes.note(order_id, "cancel_unconfirmed", evidence, now)


_CANCELS = wishes.Errand(
    rows=CancelRequest,
    action=Attempt.Action.CANCEL,
    turn=CANCELLING,
    sendable=Q(order__status__in=AT_PROVIDER),
    batch_max=lambda provider: IDS_MAX,
    prepare=_cancel_unsent,
    send=_send,
    accepted=_accepted,
    refused=_refused,
    doubt=_doubt,
)
