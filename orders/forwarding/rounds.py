"""One round of forwarding with one provider."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orders.forwarding.checking import sendable
from orders.forwarding.claiming import CLAIM_MAX, ROUND_S, claim
from orders.forwarding.outcomes import Tally
from orders.forwarding.sending import Dispatch
from orders.forwarding.weighing import weigh
from orders.models import Attempt
from orders.models.turns import turn
from providers import client, health
from providers.client import Connection, ProviderFailed
from providers.models import Provider

TRIAL_MAX = 1
TROUBLE_WAIT_S = 60
_UNANSWERED = (Attempt.Outcome.SILENT, Attempt.Outcome.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did. It is true while there may be more to do at once."""

    claimed: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    """By name: accepted, refused, unreachable, unconfirmed, held, rerouted, late, lost."""
    is_stopped: bool = False

    def __bool__(self) -> bool:
        return self.claimed > 0 and not self.is_stopped


def forward_due(provider_id: int, *, now: datetime, limit: int = CLAIM_MAX) -> Round:
    """Send up to ``limit`` due orders of a provider, each at most once.

    Does nothing while another round with this provider is under way, or while the provider is
    paused or its circuit open. Must not be called inside a transaction.
    """
    with turn(provider_id) as is_ours:
        provider = Provider.objects.reachable(now).filter(pk=provider_id).first()
        if provider is None or not is_ours:
            return Round()
        allowed = _allowed(provider, min(limit, CLAIM_MAX), now=now)
        return _forward(provider, limit=allowed, now=now) if allowed else Round()


def _allowed(provider: Provider, limit: int, *, now: datetime) -> int:
    """How many orders may be tried: after trouble one, and none until `balance` is answered."""
    if provider.circuit_open_until is not None and not _is_back(provider, now=now):
        return 0
    trouble_at = _trouble_at(provider)
    if trouble_at is not None and now - trouble_at < timedelta(seconds=TROUBLE_WAIT_S):
        return 0
    if trouble_at or provider.circuit_open_until or provider.pause_reason:
        return TRIAL_MAX
    return min(limit, provider.rate_per_s * ROUND_S)


def _trouble_at(provider: Provider) -> datetime | None:
    """When the last of several orders in a row brought no answer.

    Other calls that are answered close the circuit; this remembers that orders are not.
    """
    adds = Attempt.objects.filter(provider=provider, action=Attempt.Action.ADD)
    closed = adds.exclude(outcome=Attempt.Outcome.OPEN).order_by("-pk")
    latest = list(closed.values_list("outcome", "closed_at")[: health.CIRCUIT_FAILURES])
    is_trouble = all(outcome in _UNANSWERED for outcome, _ in latest)
    return latest[0][1] if is_trouble and len(latest) == health.CIRCUIT_FAILURES else None


def _is_back(provider: Provider, *, now: datetime) -> bool:
    try:
        balance, _ = client.balance(Connection.of(provider))
    except ProviderFailed as failure:
        if failure.reason is not None:
            return True
        health.record_failure(provider.pk, error=failure.evidence, now=now)
        return False
    health.record_balance(provider.pk, balance=balance, now=now)
    return True


def _forward(provider: Provider, *, limit: int, now: datetime) -> Round:
    claims = claim(provider, limit=limit, now=now)
    if not claims:
        return Round()
    tally = Tally()
    good = sendable(claims, provider, now=now, tally=tally)
    if good:
        Dispatch(provider, good, now=now, tally=tally).run()
    if tally.counts.get("unconfirmed") and not tally.is_stopped:
        weigh(provider, [claim.order.pk for claim in good], now=now)
    was_answered = tally.counts.get("accepted") or tally.counts.get("refused")
    if provider.pause_reason and was_answered and not tally.is_stopped:
        health.resume(provider.pk)
    return Round(len(claims), tally.counts, tally.is_stopped)
