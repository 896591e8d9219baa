"""What speaks against saying that an unknown order was not placed: it would be bought twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from orders.models import Attempt, Review
from orders.resolving.evidence import Evidence, candidates, evidence
from orders.resolving.gaps import GRACE_S
from providers.client import ProviderFailed


class Ground(StrEnum):
    """Why there is doubt."""

    TOO_SOON = "too_soon"
    BALANCE = "balance"
    LOOK_ALIKE = "look_alike"
    NOT_ASKED = "not_asked"
    LATE_ANSWER = "late_answer"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One ground, with what it rests on: an id there, an answer, a time."""

    ground: Ground
    detail: str = ""


def doubts(order_id: int, *, now: datetime) -> list[Doubt]:
    """All grounds to believe that the provider has the order, or may yet take it.

    Asks the provider for look-alikes, so it must not be called in a transaction. Empty is no
    proof: where ids do not tell, a person must look. Raises Order.DoesNotExist.
    """
    known = evidence(order_id)
    late = Review.objects.filter(
        order_id=order_id, reason=Review.Reason.CONTRADICTION, resolved_at=None
    )
    found = [Doubt(Ground.LATE_ANSWER, review.evidence) for review in late]
    unclear = (Attempt.Outcome.SILENT, Attempt.Outcome.OPEN)
    if not any(attempt.outcome in unclear for attempt in known.attempts):
        return found
    return found + _of_what_is_known(known, now=now) + _look_alikes(order_id)


def _of_what_is_known(known: Evidence, *, now: datetime) -> list[Doubt]:
    found = []
    latest = known.attempts[-1]
    settled_at = (latest.closed_at or latest.opened_at) + timedelta(seconds=GRACE_S)
    if settled_at > now:
        found.append(Doubt(Ground.TOO_SOON, settled_at.isoformat(timespec="seconds")))
    if known.balance_says == "accepted":
        found.append(Doubt(Ground.BALANCE))
    return found


def _look_alikes(order_id: int) -> list[Doubt]:
    try:
        alike = [one for one in candidates(order_id) if one.is_expected_charge]
    except ProviderFailed as failure:
        return [Doubt(Ground.NOT_ASKED, failure.evidence)]
    return [Doubt(Ground.LOOK_ALIKE, one.upstream_id) for one in alike]
