"""The rate of a service over time, as a drawing: a step for each change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from orders.models import CatalogueChange, Service

STEPS_MAX = 60
WIDTH, HEIGHT, MARGIN = 600, 120, 8  # units of the drawing
RATES = (CatalogueChange.Kind.RATE_UP, CatalogueChange.Kind.RATE_DOWN)


@dataclass(frozen=True, slots=True)
class History:
    """A line of ``points`` in a field of WIDTH × HEIGHT, and what its edges stand for."""

    points: str
    since: datetime
    lowest: Decimal
    highest: Decimal
    width: int = WIDTH
    height: int = HEIGHT


def price_history(service: Service, *, now: datetime) -> History | None:
    """The latest changes of the list's rate; None while it never changed."""
    changes = CatalogueChange.objects.filter(service=service, kind__in=RATES)
    steps = _steps(list(changes[:STEPS_MAX])[::-1])
    if not steps:
        return None
    rates = [rate for _at, rate in steps]
    points = _points([*steps, (now, rates[-1])], min(rates), max(rates))
    return History(points, steps[0][0], min(rates), max(rates))


def _steps(changes: Sequence[CatalogueChange]) -> list[tuple[datetime, Decimal]]:
    """From when on which rate applied, oldest first; the first one is the rate before."""
    try:
        steps = [(change.at, Decimal(change.new)) for change in changes]
        return [(changes[0].at, Decimal(changes[0].old)), *steps] if changes else []
    except InvalidOperation:
        return []


def _points(steps: Sequence[tuple[datetime, Decimal]], lowest: Decimal, highest: Decimal) -> str:
    first, last = steps[0][0], steps[-1][0]
    # The rate before the first change is drawn as a tenth of the width.
    lead = WIDTH // 10
    span_s = max((last - first).total_seconds(), 1.0)
    field = WIDTH - lead
    corners = [(0, _height(steps[0][1], lowest, highest))]
    for at, rate in steps[1:]:
        across = lead + round(field * (at - first).total_seconds() / span_s)
        corners += [(across, corners[-1][1]), (across, _height(rate, lowest, highest))]
    return " ".join(f"{across},{down}" for across, down in corners)


def _height(rate: Decimal, lowest: Decimal, highest: Decimal) -> int:
    share = (rate - lowest) / (highest - lowest) if highest > lowest else Decimal("0.5")
    return MARGIN + round((1 - share) * (HEIGHT - 2 * MARGIN))
