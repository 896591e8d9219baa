"""Measured times: how long the latest orders of each service took to start and to finish.

A clock measures the services whose figures are oldest, a limited number at a time, each batch in
one statement; pages read the table and compute nothing.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

SERVICES_MAX = 200  # in one go
WINDOW = 100  # the latest orders of a service
FRESH_FOR = timedelta(minutes=1)

# Drip-fed orders last as long as their buyer wants, subscriptions until they expire.
_MEASURE = """
    WITH stale AS (
        SELECT s.id FROM orders_service AS s
          LEFT JOIN orders_servicetimes AS t ON t.service_id = s.id
         WHERE (t.measured_at IS NULL OR t.measured_at <= %(before)s)
           AND s.type <> 'Subscriptions'
           AND EXISTS (SELECT 1 FROM orders_order WHERE service_id = s.id)
         ORDER BY t.measured_at NULLS FIRST, s.id LIMIT %(limit)s
    )
    INSERT INTO orders_servicetimes (service_id, start_median, start_most, finish_median,
        finish_most, completed, ended, measured_at)
    SELECT s.id,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY o.started),
           percentile_cont(0.9) WITHIN GROUP (ORDER BY o.started),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY o.took) FILTER (WHERE o.is_completed),
           percentile_cont(0.9) WITHIN GROUP (ORDER BY o.took) FILTER (WHERE o.is_completed),
           count(*) FILTER (WHERE o.is_completed),
           count(*) FILTER (WHERE o.took IS NOT NULL),
           %(now)s
      FROM stale AS s
      LEFT JOIN LATERAL (
           SELECT latest.status = 'completed' AS is_completed,
                  latest.closed_at - latest.created_at AS took,
                  seen.started_at - latest.created_at AS started
             FROM (SELECT id, status, created_at, closed_at FROM orders_order
                    WHERE service_id = s.id AND runs = 1
                    ORDER BY id DESC LIMIT %(window)s) AS latest
             CROSS JOIN LATERAL (
                  SELECT min(at) AS started_at FROM orders_orderevent
                   WHERE order_id = latest.id
                     AND kind IN ('in_progress', 'completed', 'partial')) AS seen
           ) AS o ON true
     GROUP BY s.id
        ON CONFLICT (service_id) DO UPDATE
       SET start_median = excluded.start_median, start_most = excluded.start_most,
           finish_median = excluded.finish_median, finish_most = excluded.finish_most,
           completed = excluded.completed, ended = excluded.ended,
           measured_at = excluded.measured_at
"""


def measure_due(*, now: datetime, limit: int = SERVICES_MAX) -> int:
    """Measure up to ``limit`` services whose figures are older than FRESH_FOR; returns how many."""
    values: dict[str, Any] = {"now": now, "before": now - FRESH_FOR}
    values |= {"limit": limit, "window": WINDOW}
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE, values)
        return cursor.rowcount
