"""The first page of the day: figures, what is open, providers, and the pulse of the jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders import figures
from orders.figures import DayFigures
from orders.lifecycle import OPEN
from orders.models import BookProof, Order, Review
from panel import heartbeats
from panel.backoffice.access import Staff, staff_page
from panel.backoffice.rights import Right
from panel.clock import database_now
from panel.context import storefront_of
from panel.models import Heartbeat
from providers.models import Provider

PERIODS_DAYS = (7, 30, 90)
PERIOD_DAYS = 30
OPEN_COUNTED_MAX = 100_000
PROVIDERS_SHOWN = 100
HOURS_LOW = 12
HOURS_AMPLE = 24 * 90


@dataclass(frozen=True, slots=True)
class Sums:
    """A period, in the panel's currency."""

    orders: int
    revenue: Decimal
    cost: Decimal

    @property
    def profit(self) -> Decimal:
        return self.revenue - self.cost


@dataclass(frozen=True, slots=True)
class Purse:
    """A provider with what is left of ours there."""

    provider: Provider
    orders: int
    hours_left: Decimal | None
    is_away: bool

    @property
    def is_low(self) -> bool:
        return self.hours_left is not None and self.hours_left < HOURS_LOW

    @property
    def is_ample(self) -> bool:
        """It lasts so long that nobody counts the hours."""
        return self.hours_left is not None and self.hours_left > HOURS_AMPLE


@dataclass(frozen=True, slots=True)
class Job:
    """A clock with its last pulse; None when it never ran."""

    name: str
    pulse: Heartbeat | None
    is_late: bool

    @property
    def is_calm(self) -> bool:
        """Whether nobody needs to look at it."""
        return not (self.is_late or (self.pulse and self.pulse.error))


@require_safe
@staff_page(Right.OVERVIEW)
def overview(request: HttpRequest, staff: Staff) -> HttpResponse:
    now, days = database_now(), _days(request)
    known = figures.known()
    rows = figures.per_day(days=days, now=now)
    sees_money = staff.may(Right.FIGURES)
    context = {
        "days": days,
        "periods": PERIODS_DAYS,
        "today": _sum(rows[-1:]),
        "period": _sum(rows),
        "rows": rows[::-1],
        "until": known.until,
        "is_late": known.is_late(now),
        "chart_orders": _chart_of_orders(rows),
        "chart_money": _chart_of_money(rows, storefront_of(request).currency)
        if sees_money
        else None,
        "open_orders": _open_orders(),
        "open_max": OPEN_COUNTED_MAX,
        "questions": _questions(),
        "purses": _purses(now),
        "jobs": _jobs(now),
        "proof": BookProof.objects.order_by("-id").defer("claims").first(),
    }
    return render(request, "backoffice/overview.html", context)


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, PERIODS_DAYS) else PERIOD_DAYS


def revenue(row: DayFigures) -> Decimal:
    return row.charged - row.returned


def _sum(rows: Sequence[DayFigures]) -> Sums:
    return Sums(
        orders=sum(row.orders for row in rows),
        revenue=sum((revenue(row) for row in rows), Decimal(0)),
        cost=sum((row.cost for row in rows), Decimal(0)),
    )


def _chart_of_orders(rows: Sequence[DayFigures]) -> dict[str, Any]:
    values = [row.orders for row in rows]
    line = {"label": _("Orders"), "values": values, "colour": "--tblr-primary"}
    return {"type": "bar", "labels": _labels(rows), "currency": "", "lines": [line]}


def _chart_of_money(rows: Sequence[DayFigures], currency: str) -> dict[str, Any]:
    """Floats, for drawing alone."""
    lines = [
        (_("Revenue"), [revenue(row) for row in rows], "--tblr-primary"),
        (_("Cost"), [row.cost for row in rows], "--tblr-orange"),
        (_("Profit"), [revenue(row) - row.cost for row in rows], "--tblr-green"),
    ]
    drawn = [
        {"label": label, "values": [round(float(v), 2) for v in values], "colour": colour}
        for label, values, colour in lines
    ]
    return {"type": "line", "labels": _labels(rows), "currency": currency, "lines": drawn}


def _labels(rows: Sequence[DayFigures]) -> list[str]:
    return [date_format(row.day, "j M") for row in rows]


def _open_orders() -> int:
    return Order.objects.filter(status__in=OPEN).values("pk")[:OPEN_COUNTED_MAX].count()


def _questions() -> list[tuple[str, Any, int]]:
    """How many orders need a person, by reason: code, title, count."""
    counts = (
        Review.objects.filter(resolved_at=None)
        .order_by()
        .values_list("reason")
        .annotate(Count("pk"))
    )
    return [(reason, Review.Reason(reason).label, count) for reason, count in counts]


def _purses(now: datetime) -> list[Purse]:
    paces = figures.paces(now=now)
    reachable = set(Provider.objects.reachable(now).values_list("pk", flat=True))
    return [
        _purse(provider, paces.get(provider.pk), is_away=provider.pk not in reachable)
        for provider in Provider.objects.filter(is_active=True)[:PROVIDERS_SHOWN]
    ]


def _purse(provider: Provider, pace: figures.Pace | None, *, is_away: bool) -> Purse:
    hours_left = None
    if pace is not None and provider.balance is not None:
        hours_left = pace.hours_left(provider.balance * provider.exchange_rate)
    return Purse(provider, pace.orders if pace else 0, hours_left, is_away)


def _jobs(now: datetime) -> tuple[list[Job], list[Job]]:
    """The jobs that somebody should look at, and those that run."""
    pulses = {pulse.job: pulse for pulse in Heartbeat.objects.all()}
    late = set(heartbeats.stopped(now))
    jobs = [Job(name, pulses.get(name), name in late) for name in sorted(heartbeats.periods())]
    return [job for job in jobs if not job.is_calm], [job for job in jobs if job.is_calm]
