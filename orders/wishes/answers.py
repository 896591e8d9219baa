"""What an answer says about a refill or a cancel, and when to try again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from orders.models import Attempt
from orders.models.buckets import jittered
from orders.models.order import UPSTREAM_ID_MAX
from orders.models.timeline import EVIDENCE_MAX
from orders.models.wishes import Outcome
from providers import health
from providers.client import Answered, Refused, Silent, Unreachable
from providers.models import Provider
from providers.wire import Problem, RefusalReason, Requested

BACKOFF_FIRST = timedelta(minutes=1)
BACKOFF_MAX = timedelta(hours=1)
BACKOFF_DOUBLINGS_MAX = 6
LEASE_FACTOR = 3
"""A claim lasts so many deadlines of a call: nobody takes it while the call may be answered."""
NOT_ABOUT_THE_ORDER = frozenset(
    {RefusalReason.RATE_LIMITED, RefusalReason.BAD_KEY, RefusalReason.NO_FUNDS}
)

Reply = Answered | Refused | Unreachable | Silent


def lease(provider: Provider, *, now: datetime) -> datetime:
    """Until when a claim that is sent at once belongs to its sender."""
    return now + timedelta(seconds=LEASE_FACTOR * provider.timeout_s)


def read_outcome(reply: Reply, upstream_id: str) -> Outcome:
    """What a refill or cancel call says about one order."""
    told, reference, outcome = "", None, Attempt.Outcome.SILENT
    match reply:
        case Answered(results=results):
            result = results.get(upstream_id)
            if isinstance(result, Requested):
                outcome, reference = Attempt.Outcome.ACCEPTED, result.reference[:UPSTREAM_ID_MAX]
            elif isinstance(result, Problem):
                outcome, told = Attempt.Outcome.REFUSED, result.text
        case Refused(reason=reason, error=told):
            # A wrong key or a full queue says nothing about the order: it is sent again later.
            passing = reason in NOT_ABOUT_THE_ORDER
            outcome = Attempt.Outcome.UNREACHABLE if passing else Attempt.Outcome.REFUSED
        case Unreachable():
            outcome = Attempt.Outcome.UNREACHABLE
    return Outcome(
        outcome,
        reply.evidence,
        reply.http_status,
        reply.elapsed_ms,
        reference,
        told[:EVIDENCE_MAX],
        getattr(reply, "retry_after_s", None),
    )


def backoff(tries: int, retry_after_s: int | None = None) -> timedelta:
    """How long to wait after ``tries`` vain ones, at least as long as the provider asked for."""
    wait = min(BACKOFF_FIRST * 2 ** min(tries, BACKOFF_DOUBLINGS_MAX), BACKOFF_MAX)
    return max(jittered(wait), timedelta(seconds=retry_after_s or 0))


def tell_health(provider_id: int, replies: Sequence[Reply], *, now: datetime) -> bool:
    """Record how the provider did in a round of calls; whether it answered at all."""
    heard = [reply for reply in replies if isinstance(reply, Answered | Refused)]
    if heard:
        latency_ms = sum(reply.elapsed_ms for reply in heard) // len(heard)
        health.record_success(provider_id, latency_ms=latency_ms)
        return True
    health.record_failure(provider_id, error=replies[0].evidence, now=now)
    return False
