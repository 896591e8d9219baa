"""Between which ids an unknown order would be, learned from the orders that were accepted.

Where a provider counts its orders, one whose answer was lost has an id greater than all that
were known before it was sent, and smaller than all that were sent after it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from orders.models import Attempt, Order
from providers import client
from providers.client import Connection
from providers.wire import StatusReport

GRACE_S = 900
LEARNED_FROM = 300
LEARNED_LEAST = 2
GAP_MAX = 1_000
OPEN_GAP_MAX = 99
ID_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Gap:
    """The ids from ``low`` to ``high``, both known to be ours, between which it would be.

    ``is_settled`` when ``high`` was sent so much later that nothing could still slip in below.
    """

    low: int
    high: int
    is_settled: bool

    @property
    def ids(self) -> range:
        return range(self.low + 1, self.high)


@dataclass(frozen=True, slots=True)
class Orphans:
    """What is in a gap: orders of ours that we do not hold, by id. None of it is certain unless
    ``is_complete``: every id was answered for, and the known one below the gap was recognized."""

    reports: dict[str, StatusReport]
    is_complete: bool


def gap_of(attempt: Attempt) -> Gap | None:
    """Where the order of this attempt would be; None while that cannot be said."""
    if attempt.closed_at is None or not ids_grow(attempt.provider_id):
        return None
    low = _last_before(attempt)
    settled_at = attempt.closed_at + timedelta(seconds=GRACE_S)
    high = _first_since(attempt, settled_at)
    is_settled = high is not None
    if high is None:
        high = _first_since(attempt, attempt.closed_at)
    if low is None or high is None or not 0 < high - low <= GAP_MAX:
        return None
    return Gap(low, high, is_settled)


def open_gap(attempt: Attempt) -> Gap | None:
    """The first ids in which it may be while nothing was sent after it: only for people."""
    low = _last_before(attempt) if ids_grow(attempt.provider_id) else None
    return None if low is None else Gap(low, low + OPEN_GAP_MAX + 1, is_settled=False)


def ids_grow(provider_id: int) -> bool:
    """Whether every order sent after another had been answered got the greater id, lately."""
    accepted = list(_accepted(provider_id).order_by("-pk")[:LEARNED_FROM])
    if len(accepted) < LEARNED_LEAST or not all(_is_number(one.upstream_id) for one in accepted):
        return False
    by_id = sorted(accepted, key=lambda attempt: int(attempt.upstream_id or 0))
    # In the order of ids none may have been answered before one below it was sent.
    latest_opened = by_id[0].opened_at
    for attempt in by_id:
        if attempt.closed_at is None or attempt.closed_at < latest_opened:
            return False
        latest_opened = max(latest_opened, attempt.opened_at)
    return True


def orphans_in(gap: Gap, attempt: Attempt, connection: Connection) -> Orphans:
    """Ask about every id of the gap that we do not hold. Raises ProviderFailed."""
    ids = [str(number) for number in gap.ids]
    held = set(
        Order.objects.filter(provider_id=attempt.provider_id, upstream_id__in=ids).values_list(
            "upstream_id", flat=True
        )
    )
    wanted = [one for one in ids if one not in held]
    # A known one goes along: if it is not recognized, an error says nothing about the others.
    anchor = str(gap.low)
    said = client.statuses(connection, [anchor, *wanted])
    reports = {one: report for one in wanted if isinstance(report := said.get(one), StatusReport)}
    is_complete = isinstance(said.get(anchor), StatusReport) and all(one in said for one in wanted)
    return Orphans(reports, is_complete)


def _accepted(provider_id: int) -> QuerySet[Attempt]:
    return Attempt.objects.filter(
        provider_id=provider_id,
        action=Attempt.Action.ADD,
        outcome=Attempt.Outcome.ACCEPTED,
        upstream_id__isnull=False,
        closed_at__isnull=False,
    )


def _last_before(attempt: Attempt) -> int | None:
    """The greatest id that was known before this attempt was made."""
    before = _accepted(attempt.provider_id).filter(
        pk__lt=attempt.pk, closed_at__lte=attempt.opened_at
    )
    return max(_numbers(before.order_by("-pk")), default=None)


def _first_since(attempt: Attempt, since: datetime) -> int | None:
    """The smallest id that was given to a later attempt, made at ``since`` or after it."""
    after = _accepted(attempt.provider_id).filter(pk__gt=attempt.pk, opened_at__gte=since)
    return min(_numbers(after.order_by("pk")), default=None)


def _numbers(attempts: QuerySet[Attempt]) -> list[int]:
    ids = attempts.values_list("upstream_id", flat=True)[:LEARNED_FROM]
    return [int(one) for one in ids if one and _is_number(one)]


def _is_number(text: str | None) -> bool:
    return bool(text and text.isascii() and text.isdigit() and len(text) <= ID_DIGITS_MAX)
