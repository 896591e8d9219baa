"""The last 7, 30, 90 and 365 days of each service, provider and customer, one row each.

Made anew after midnight; in between each step of the rolling up adds to them (`ADD_TO_WINDOWS`).
"""

from datetime import date

from django.db import connection

from orders.figures.facts import NAMES, NOT_OF_ORDERS, SUMS
from orders.figures.spans import WINDOWS, spans_of, window_to
from orders.models import RolledFigures

_COLUMNS = ", ".join(NAMES)
_ADDED = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in NAMES)
_DAYS = ", ".join(map(str, WINDOWS))

ADD_TO_WINDOWS = f"""
        INSERT INTO orders_rolledfigures AS kept (part, span, since, subject, {_COLUMNS})
        SELECT CASE WHEN grouping(service) = 0 THEN 'service'
                    WHEN grouping(provider) = 0 THEN 'provider' ELSE 'customer' END,
               w.span, w.since, coalesce(service, provider, customer), {SUMS}
          FROM facts
          JOIN (SELECT days::text AS span, windows_to - days + 1 AS since, windows_to
                  FROM orders_rolledup, unnest(ARRAY[{_DAYS}]) AS days) AS w
            ON facts.day BETWEEN w.since AND w.windows_to
         GROUP BY GROUPING SETS ((w.span, w.since, service), (w.span, w.since, provider),
                                 (w.span, w.since, customer))
        HAVING coalesce(service, provider, 0) <> {NOT_OF_ORDERS}
            ON CONFLICT (part, span, since, subject) DO UPDATE SET {_ADDED}
"""  # noqa: S608  (the names stand in facts.py)
_MAKE = f"""
    INSERT INTO orders_rolledfigures AS kept (part, span, since, subject, {_COLUMNS})
    SELECT part, %s, %s, subject, {SUMS} FROM orders_rolledfigures
     WHERE part <> 'all' AND span = %s AND since BETWEEN %s AND %s
     GROUP BY part, subject
        ON CONFLICT (part, span, since, subject) DO UPDATE SET {_ADDED}
"""  # noqa: S608  (the names stand in facts.py)


def renew(last: date) -> None:
    """Make the windows that end with ``last`` from days and months; forget the others."""
    RolledFigures.objects.filter(span__in=WINDOWS.values()).delete()
    with connection.cursor() as cursor:
        for days, span in WINDOWS.items():
            period = window_to(last, days)
            for source, first, until in spans_of(period):
                cursor.execute(_MAKE, [span, period.first, source, first, until])
