"""One row for each provider and day: two readings of the balance, and what our orders did between.

A day (UTC) runs from the last reading before it to the last one in it, so that the days of a
provider join without a gap. It is reckoned anew while something may still change in it.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection

from orders.models import Attempt, BalanceReading, LedgerEntry, ProviderDay
from orders.models.moments import SLACK, id_around

AGAIN_DAYS = 3
"""So long after its end a day is reckoned again: unknown orders turn out to be accepted."""
AGAIN_AFTER = timedelta(hours=6)
TODAY_AFTER = timedelta(minutes=5)
DAYS_MAX = 31
KEPT = timedelta(days=100)
"""How long single readings are kept; the days stay."""

_RECKON = """
    WITH bounds AS MATERIALIZED (
        SELECT p.id, p.currency, first.balance AS opened, last.balance AS closed,
               least(greatest(first.at, %(start)s), first.seen_at) AS opened_at,
               least(last.seen_at, %(end)s) AS closed_at
          FROM providers_provider AS p
         CROSS JOIN LATERAL (SELECT * FROM orders_balancereading AS r
                              WHERE r.provider_id = p.id AND r.currency = upper(p.currency)
                                AND r.at < %(end)s
                              ORDER BY r.at DESC LIMIT 1) AS last
         CROSS JOIN LATERAL (SELECT * FROM orders_balancereading AS r
                              WHERE r.provider_id = p.id AND r.currency = upper(p.currency)
                                AND r.at < %(end)s
                              ORDER BY r.at < %(start)s DESC,
                                       abs(extract(epoch FROM r.at - %(start)s)) LIMIT 1) AS first
         WHERE last.seen_at >= %(start)s
    ), accepted AS (
        SELECT b.id, count(*) AS orders, sum(o.cost_rate * o.units / 1000) AS spent
          FROM orders_attempt AS a
          JOIN orders_order AS o ON o.id = a.order_id
          JOIN bounds AS b ON b.id = a.provider_id
         WHERE a.id >= %(first_attempt)s AND a.action = 'add'
           AND (a.outcome = 'accepted' OR a.outcome = 'silent' AND a.upstream_id = o.upstream_id)
           AND CASE a.outcome WHEN 'accepted' THEN a.closed_at ELSE a.opened_at END > b.opened_at
           AND CASE a.outcome WHEN 'accepted' THEN a.closed_at ELSE a.opened_at END <= b.closed_at
         GROUP BY b.id
    ), booked AS (
        SELECT b.id,
               coalesce(sum(e.amount * o.cost_rate / o.rate)
                        FILTER (WHERE e.kind <> 'charge'), 0) AS returned,
               coalesce(-sum(e.amount * o.cost_rate / o.rate)
                        FILTER (WHERE e.kind = 'charge'), 0) AS metered
          FROM orders_ledgerentry AS e
          JOIN orders_order AS o ON o.id = e.order_id
          JOIN bounds AS b ON b.id = o.provider_id
         WHERE e.id >= %(first_entry)s AND o.upstream_id IS NOT NULL AND o.rate > 0
           AND (e.kind IN ('refund', 'reversal') OR e.kind = 'charge' AND e.step > 1)
           AND e.created_at > b.opened_at AND e.created_at <= b.closed_at
         GROUP BY b.id
    )
    INSERT INTO orders_providerday AS known
           (provider_id, day, currency, opened_at, opened, closed_at, closed,
            orders, spent, returned, reckoned_at)
    SELECT b.id, %(day)s, b.currency, b.opened_at, b.opened, b.closed_at, b.closed,
           coalesce(a.orders, 0), round(coalesce(a.spent, 0) + coalesce(k.metered, 0), 8),
           round(coalesce(k.returned, 0), 8), %(now)s
      FROM bounds AS b
      LEFT JOIN accepted AS a ON a.id = b.id
      LEFT JOIN booked AS k ON k.id = b.id
     ORDER BY b.id
        ON CONFLICT ON CONSTRAINT provider_day_once DO UPDATE
       SET currency = excluded.currency, opened_at = excluded.opened_at,
           opened = excluded.opened, closed_at = excluded.closed_at, closed = excluded.closed,
           orders = excluded.orders, spent = excluded.spent, returned = excluded.returned,
           reckoned_at = excluded.reckoned_at
"""


def reckon_due(*, now: datetime) -> int:
    """Reckon today, the days that are missing and those that may have changed; how many rows.

    At most DAYS_MAX days, the oldest first.
    """
    rows = sum(_reckon(day, now=now) for day in _due(now))
    forget_old(now=now)
    return rows


def forget_old(*, now: datetime) -> None:
    """Drop single readings that are KEPT old, except each provider's latest."""
    old = BalanceReading.objects.filter(seen_at__lt=now - KEPT)
    latest = BalanceReading.objects.order_by("provider_id", "-at").distinct("provider_id")
    old.exclude(pk__in=list(latest.values_list("pk", flat=True))).delete()


def _due(now: datetime) -> list[date]:
    """Days with readings that were not reckoned since their end, or not for AGAIN_AFTER."""
    today = now.astimezone(UTC).date()
    first = BalanceReading.objects.order_by("at").values_list("at", flat=True).first()
    if first is None:
        return []
    earliest = max(first.astimezone(UTC).date(), today - timedelta(days=DAYS_MAX - 1))
    known = dict(
        ProviderDay.objects.filter(day__gte=earliest)
        .order_by("day", "reckoned_at")
        .values_list("day", "reckoned_at")
    )
    span = [earliest + timedelta(days=n) for n in range((today - earliest).days + 1)]
    return [day for day in span if _is_due(day, known.get(day), now)]


def _is_due(day: date, reckoned_at: datetime | None, now: datetime) -> bool:
    end = _midnight(day + timedelta(days=1))
    if reckoned_at is None:
        return True
    if reckoned_at < end:
        return reckoned_at <= now - TODAY_AFTER
    may_change = reckoned_at < end + timedelta(days=AGAIN_DAYS)
    return may_change and reckoned_at <= now - AGAIN_AFTER


def _reckon(day: date, *, now: datetime) -> int:
    start = _midnight(day)
    since = start - timedelta(days=1) - SLACK  # the reading before may be of the day before
    values: dict[str, Any] = {
        "day": day,
        "start": start,
        "end": start + timedelta(days=1),
        "first_attempt": id_around(Attempt, since, by="opened_at"),
        "first_entry": id_around(LedgerEntry, since),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECKON, values)
        return cursor.rowcount


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
