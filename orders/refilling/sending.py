"""Refills go to their provider, at most once each: the call cannot be repeated safely."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db.models import Q

from orders import wishes
from orders.lifecycle import RefillStatus
from orders.models import Attempt, Refill, Review
from orders.models.turns import REFILLING
from orders.models.wishes import Outcome
from orders.wishes import Reply, Sending
from providers.client import Connection, refill
from providers.models import Provider
from providers.pace import Pace

SENT_MAX = 200
FIRST_LOOK = timedelta(minutes=2)


def forward_refills(provider_id: int, *, now: datetime, limit: int = SENT_MAX) -> int:
    """Send the due refills of a provider; returns how many were sent.

    What nobody can know about (no answer, a broken one) is UNCONFIRMED and waits for a person.
    """
    return wishes.forward(_REFILLS, provider_id, now=now, limit=limit)


def expire_claims(provider_id: int, *, now: datetime) -> int:
    """What a lost worker was sending is UNCONFIRMED: the provider may have it."""
    return wishes.expire_claims(_REFILLS, provider_id, now=now)


def _send(provider: Provider, batch: Sequence[Sending], pace: Pace) -> list[Reply]:
    """One call for each: an answer about many at once would leave more in doubt."""
    conn = Connection.of(provider)

    def send(sending: Sending) -> Reply:
        pace.wait()
        return refill(conn, [sending.upstream_id])

    with ThreadPoolExecutor(max_workers=len(batch)) as pool:
        return list(pool.map(send, batch))


def _check_id(provider_id: int, sending: Sending, outcome: Outcome) -> Outcome:
    """An id that another refill has already says nothing about this one."""
    if not outcome.upstream_id:
        return outcome
    same = Refill.objects.filter(upstream_id=outcome.upstream_id, order__provider_id=provider_id)
    if not same.exclude(pk=sending.wish_id).exists():
        return outcome
    text = f"Refill id {outcome.upstream_id} belongs to another refill. {outcome.answer}"
    return Outcome(Attempt.Outcome.SILENT, text, outcome.http_status, outcome.elapsed_ms)


def _accepted(sending: Sending, outcome: Outcome, now: datetime) -> None:
    wishes.write(
        Refill,
        sending.wish_id,
        RefillStatus.IN_PROGRESS,
        upstream_id=outcome.upstream_id,
        due_at=now + FIRST_LOOK,
        tries=0,
    )
    Review.settle(sending.order_id, "accepted", now=now, actor="", reason=Review.Reason.SILENT)
    wishes.note(sending.order_id, "refill_accepted", f"As {outcome.upstream_id}.", now)


def _refused(sending: Sending, outcome: Outcome, now: datetime) -> None:
    columns = {"answer": outcome.told, "due_at": None, "closed_at": now}
    wishes.write(Refill, sending.wish_id, RefillStatus.REJECTED, **columns)
    wishes.note(sending.order_id, "refill_rejected", outcome.told, now)


def _doubt(refill_id: int, order_id: int, evidence: str, now: datetime) -> None:
    wishes.write(Refill, refill_id, RefillStatus.UNCONFIRMED, due_at=None)
    Review.ask(order_id, Review.Reason.SILENT, f"Refill {refill_id}: {evidence}")
    wishes.note(order_id, "refill_unconfirmed", evidence, now)


_REFILLS = wishes.Errand(
    rows=Refill,
    action=Attempt.Action.REFILL,
    turn=REFILLING,
    sendable=Q(),
    batch_max=lambda provider: provider.concurrency,
    send=_send,
    check=_check_id,
    accepted=_accepted,
    refused=_refused,
    doubt=_doubt,
)
