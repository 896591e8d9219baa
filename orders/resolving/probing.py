"""The id-gap probe: the machine's own way to an answer, where it is switched on for a provider.

An order of ours that we do not hold, in the gap where the unknown one would be and with just its
charge, is the unknown one. A gap without any, looked at twice after the grace time, means that
it was not placed. Anything else is left to a person.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from orders.lifecycle import Status
from orders.models import Attempt, Order, OrderEvent
from orders.models.turns import turn
from orders.money import UNITS_PER_RATE
from orders.resolving.deciding import NotConfirmed, NotUnknown, adopt, was_not_placed
from orders.resolving.gaps import Gap, Orphans, gap_of, orphans_in
from providers.client import Connection, ProviderFailed
from providers.models import Provider
from providers.wire import StatusReport

PROBES_MAX = 20
PROBED_FOR = timedelta(days=1)
AGAIN_AFTER = timedelta(minutes=1)
RIVALS_MAX = 100
RIVALS_FOR = timedelta(days=7)
CHARGE_STEP = Decimal("0.0001")
CHARGE_SHARE = Decimal("0.01")
CLEAN = "probed_clean"


@dataclass(frozen=True, slots=True)
class Probe:
    """What became of the unknown orders that were looked into."""

    adopted: int = 0
    released: int = 0
    left: int = 0


def due_providers(now: datetime) -> list[int]:
    """Providers that may be called, are probed, and have orders that may be found."""
    theirs = _unknown().filter(provider_id=OuterRef("pk"))
    probed = Provider.objects.reachable(now).filter(Exists(theirs), gap_probe=True)
    return list(probed.order_by("pk").values_list("pk", flat=True))


def probe_gaps(provider_id: int, *, now: datetime) -> Probe:
    """Look for up to PROBES_MAX unknown orders of a provider among its ids.

    Only while no call is under way there: an order that is just being answered for would look
    like a lost one. Must not be called inside a transaction.
    """
    provider = Provider.objects.reachable(now).filter(pk=provider_id, gap_probe=True).first()
    with turn(provider_id) as is_ours:
        if provider is None or not is_ours or _is_calling(provider):
            return Probe()
        unknown = list(_unknown().filter(provider=provider).order_by("?")[:PROBES_MAX])
        done = Counter(_probe(attempt, Connection.of(provider), now=now) for attempt in unknown)
        return Probe(done["adopted"], done["released"], done["left"])


def expected_charge(order: Order) -> Decimal:
    """What the provider takes for the order, in its own currency."""
    return order.cost_rate * order.units / UNITS_PER_RATE


def is_charge_of(order: Order, report: StatusReport) -> bool:
    """Whether the reported charge is the expected one, but for how it was rounded."""
    if not report.charge:
        return False
    expected = expected_charge(order)
    difference = abs(report.charge - expected)
    return difference < CHARGE_STEP and difference <= expected * CHARGE_SHARE


def _unknown() -> QuerySet[Attempt]:
    """The last attempts of unconfirmed orders, while they are fresh enough to be looked for."""
    later = Attempt.objects.filter(
        order=OuterRef("order"), action=Attempt.Action.ADD, pk__gt=OuterRef("pk")
    )
    return Attempt.objects.select_related("order").filter(
        ~Exists(later),
        action=Attempt.Action.ADD,
        outcome=Attempt.Outcome.SILENT,
        order__status=Status.UNCONFIRMED,
        opened_at__gt=Now() - PROBED_FOR,
    )


def _is_calling(provider: Provider) -> bool:
    under_way = Attempt.objects.filter(
        provider=provider, action=Attempt.Action.ADD, outcome=Attempt.Outcome.OPEN
    )
    return under_way.exists()


def _probe(attempt: Attempt, connection: Connection, *, now: datetime) -> str:
    gap = gap_of(attempt)
    if gap is None:
        return "left"
    try:
        orphans = orphans_in(gap, attempt, connection)
        return _judge(attempt, gap, orphans, now=now)
    except (ProviderFailed, NotUnknown, NotConfirmed):
        return "left"


def _judge(attempt: Attempt, gap: Gap, orphans: Orphans, *, now: datetime) -> str:
    order = attempt.order
    if not orphans.is_complete:
        return "left"
    equal = [one for one, report in orphans.reports.items() if is_charge_of(order, report)]
    if len(equal) == 1 and not _has_rival(attempt, gap):
        (upstream_id,) = equal
        evidence = f"Found in the gap: {orphans.reports[upstream_id].text}"
        adopt(order.pk, upstream_id, actor="", evidence=evidence, now=now)
        return "adopted"
    if orphans.reports or not gap.is_settled:
        return "left"
    return _is_clean(order, gap, now=now)


def _is_clean(order: Order, gap: Gap, *, now: datetime) -> str:
    """The first time it is only noted; the second time, somewhat later, it counts."""
    notes = OrderEvent.objects.filter(order=order, kind=CLEAN)
    fresh = notes.filter(at__gt=Now() - PROBED_FOR)
    if fresh.filter(at__lt=Now() - AGAIN_AFTER).exists():
        was_not_placed(order.pk, actor="", now=now)
        return "released"
    if not fresh.exists():
        text = f"No order of ours between {gap.low} and {gap.high} that we do not hold."
        OrderEvent.note(order.pk, CLEAN, text)
    return "left"


def _has_rival(attempt: Attempt, gap: Gap) -> bool:
    """Whether another lost call of equal charge may have made what was found in the gap."""
    lost = Attempt.objects.select_related("order").filter(
        ~Q(pk=attempt.pk),
        provider_id=attempt.provider_id,
        action=Attempt.Action.ADD,
        outcome=Attempt.Outcome.SILENT,
        opened_at__gt=Now() - RIVALS_FOR,
    )
    rivals = list(lost.order_by("-pk")[:RIVALS_MAX])
    return len(rivals) == RIVALS_MAX or any(_is_rival(attempt, gap, one) for one in rivals)


def _is_rival(attempt: Attempt, gap: Gap, other: Attempt) -> bool:
    if other.upstream_id is not None and other.upstream_id == other.order.upstream_id:
        return False
    difference = abs(expected_charge(attempt.order) - expected_charge(other.order))
    if difference >= CHARGE_STEP * 2:
        return False
    its = gap_of(other)
    return its is None or (its.low < gap.high and gap.low < its.high)
