"""The clock's part: add what was booked to the tables of figures, each entry once.

One mark in time parts the book: what was booked before it is rolled up, what was booked since is
not. It moves only so far that no transaction can still book before it.
"""

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from orders.figures.facts import FACTS, NAMES, NOT_OF_ORDERS, SUMS
from orders.figures.reading import BEGINNING
from orders.figures.windows import ADD_TO_WINDOWS, renew
from orders.models import LedgerEntry, RolledUp
from orders.models.moments import SLACK, id_around

STEP_ENTRIES = 100_000
"""Entries of one step, about; more only where so many were booked within an hour."""
SETTLED_AFTER = timedelta(minutes=10)
"""Transactions end within a minute. Those that are seen to take longer are waited for."""

# An entry's time is the beginning of its transaction: nothing is booked any more before the
# beginning of the oldest one that still runs.
_OLDEST_RUNNING = """
    SELECT min(xact_start) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND backend_type = 'client backend'
"""
_TIME_OF_ENTRY = "SELECT created_at FROM orders_ledgerentry WHERE id >= %s ORDER BY id LIMIT 1"
_ADDED = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in NAMES)
_ADD = f"""
    WITH facts AS MATERIALIZED ({FACTS}
         WHERE e.id BETWEEN %s AND %s AND e.created_at >= %s AND e.created_at < %s),
    added AS (
        INSERT INTO orders_rolledfigures AS kept (part, span, since, subject, {", ".join(NAMES)})
        SELECT CASE WHEN grouping(service) = 0 THEN 'service'
                    WHEN grouping(provider) = 0 THEN 'provider'
                    WHEN grouping(customer) = 0 THEN 'customer' ELSE 'all' END,
               CASE WHEN grouping(day) = 0 THEN 'day' ELSE 'month' END,
               coalesce(day, month), coalesce(service, provider, customer, 0), {SUMS}
          FROM facts
         GROUP BY GROUPING SETS ((day), (day, service), (day, provider), (day, customer),
                             (month), (month, service), (month, provider), (month, customer))
        HAVING coalesce(service, provider, 0) <> {NOT_OF_ORDERS}
            ON CONFLICT (part, span, since, subject) DO UPDATE SET {_ADDED}
    ),
    added_to_windows AS ({ADD_TO_WINDOWS})
    SELECT count(*) FROM facts
"""  # noqa: S608  (the names stand in facts.py)


@transaction.atomic
def roll_up(*, now: datetime) -> int:
    """Roll up the next step of the book; returns its entries, 0 when nothing is left.

    Where somebody else does it at this moment, nothing is left either.
    """
    RolledUp.objects.get_or_create(pk=1, defaults={"until": BEGINNING})
    mark = RolledUp.objects.select_for_update(skip_locked=True).first()
    if mark is None:
        return 0
    limit = _settled_before(now)
    added = 0
    while not added and mark.until < limit:
        until = min(_end_of_step(mark.until), limit)
        added = _add(mark.until, until)
        mark.until = until
    today = now.astimezone(UTC).date()
    if mark.until >= limit and mark.windows_to != today:
        renew(today)
        mark.windows_to = today
    mark.save(update_fields=["until", "windows_to"])
    return added


def _settled_before(now: datetime) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_RUNNING)
        (oldest,) = cursor.fetchone()
    return min(now - SETTLED_AFTER, oldest or now)


def _end_of_step(since: datetime) -> datetime:
    """About STEP_ENTRIES later; at the end of the book, far away."""
    with connection.cursor() as cursor:
        cursor.execute(_TIME_OF_ENTRY, [_first_id(since) + STEP_ENTRIES])
        found = cursor.fetchone()
    return max(found[0], since + SLACK) if found else datetime.max.replace(tzinfo=UTC)


def _add(since: datetime, until: datetime) -> int:
    last_id = id_around(LedgerEntry, until + SLACK)
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [_first_id(since), last_id, since, until])
        (added,) = cursor.fetchone()
    return int(added)


def _first_id(since: datetime) -> int:
    return id_around(LedgerEntry, since - SLACK)
