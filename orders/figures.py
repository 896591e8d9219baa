"""Orders, revenue, cost and profit per day, and how fast balances at providers are used up.

Days are those of UTC. The book is append-only, so a day that is over is rolled up once; what a
refund gives back counts on the day of the refund, with its share of the cost.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Min, Sum

from orders.lifecycle import Status
from orders.models import DayFigures, LedgerEntry, Order
from orders.models.moments import SLACK, id_around
from orders.money import ZERO

DAYS_MAX = 370
CLOSED_AFTER = timedelta(minutes=10)
"""Nothing is booked to a day any more so long after its end: transactions end within a minute."""
PACE_OF = timedelta(hours=24)
_HOUR = timedelta(hours=1)
_PLACES = Decimal("0.00000001")

_PER_DAY = """
    SELECT (e.created_at AT TIME ZONE 'UTC')::date AS day,
           count(*) FILTER (WHERE e.kind = 'charge' AND e.step = 1),
           coalesce(-sum(e.amount) FILTER (WHERE e.kind = 'charge'), 0),
           coalesce(sum(e.amount) FILTER (WHERE e.kind <> 'charge'), 0),
           coalesce(sum(CASE WHEN o.charge > 0 THEN -e.amount * o.cost / o.charge
                             WHEN o.metered > 0 AND o.rate > 0
                             THEN -e.amount * o.cost_rate * coalesce(p.exchange_rate, 1) / o.rate
                             WHEN e.kind = 'charge' AND e.step = 1 THEN o.cost
                             ELSE 0 END), 0)
      FROM orders_ledgerentry AS e
      JOIN orders_order AS o ON o.id = e.order_id
      LEFT JOIN providers_provider AS p ON p.id = o.provider_id
     WHERE e.id >= %s AND e.created_at >= %s AND e.kind IN ('charge', 'refund', 'reversal')
     GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """What orders at a provider cost lately, in the panel's currency per hour."""

    orders: int
    per_hour: Decimal

    def hours_left(self, balance: Decimal) -> Decimal | None:
        """How long ``balance`` (panel currency) lasts at this pace; None: nothing is used."""
        return max(balance, ZERO) / self.per_hour if self.per_hour > 0 else None


def per_day(*, days: int, now: datetime) -> list[DayFigures]:
    """One row for each of the last ``days`` days, today the last; days without orders as zeros.

    Days that are over and not known yet are reckoned and kept.
    """
    today = now.astimezone(UTC).date()
    wanted = [today - timedelta(days=back) for back in reversed(range(min(days, DAYS_MAX)))]
    known = {row.day: row for row in DayFigures.objects.filter(day__gte=wanted[0])}
    missing = [day for day in wanted if day not in known]
    reckoned = _reckon(missing[0])
    fresh = {day: reckoned.get(day) or _nothing(day) for day in missing}
    closed = [row for day, row in fresh.items() if _is_closed(day, now)]
    DayFigures.objects.bulk_create(closed, ignore_conflicts=True)
    return [known.get(day) or fresh[day] for day in wanted]


def paces(*, now: datetime) -> dict[int, Pace]:
    """How fast each provider's balance goes down, by provider id, measured over PACE_OF."""
    since = now - PACE_OF
    sent = Order.objects.filter(
        pk__gte=id_around(Order, since - SLACK), created_at__gte=since, provider__isnull=False
    ).exclude(status__in=[Status.PENDING, Status.CANCELED])
    sums = sent.values_list("provider_id").annotate(Count("pk"), Sum("cost"), Min("created_at"))
    return {
        provider_id: Pace(count, cost / max((now - first) // _HOUR, 1))
        for provider_id, count, cost, first in sums.order_by()
        if provider_id is not None
    }


def _reckon(since: date) -> dict[date, DayFigures]:
    start = datetime(since.year, since.month, since.day, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute(_PER_DAY, [id_around(LedgerEntry, start - SLACK), start])
        return {
            day: DayFigures(
                day=day,
                orders=orders,
                charged=charged,
                returned=returned,
                cost=Decimal(cost).quantize(_PLACES),
            )
            for day, orders, charged, returned, cost in cursor.fetchall()
        }


def _nothing(day: date) -> DayFigures:
    return DayFigures(day=day, charged=ZERO, returned=ZERO, cost=ZERO)


def _is_closed(day: date, now: datetime) -> bool:
    over = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return now >= over + CLOSED_AFTER
