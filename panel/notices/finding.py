"""What is new to tell: lines of timelines and entries of the book after a remembered mark.

Ids are given before their rows become visible, so the mark stays behind whatever is younger than
SETTLED: those rows are looked at again, and the constraint ``notice_once`` keeps them told once.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from panel.models import Notice, NoticeMark

ROWS_MAX = 100_000
PRUNED_MAX = 1_000
SETTLED = timedelta(minutes=10)  # longer than any task or transaction may take
KEPT = timedelta(days=60)

_TIMELINE = """
    WITH recent AS MATERIALIZED (
        SELECT id, at, kind, order_id FROM orders_orderevent
         WHERE id > %(seen)s ORDER BY id LIMIT %(rows)s
    ), young AS (
        SELECT min(id) AS id FROM recent WHERE at >= %(settled)s
    ), written AS (
        INSERT INTO panel_notice (user_id, event, subject_id, due_at)
        SELECT u.id,
               CASE r.kind WHEN 'completed' THEN 'completed' ELSE 'refilled' END,
               CASE r.kind WHEN 'completed' THEN r.order_id ELSE r.id END,
               %(now)s
          FROM recent AS r
          JOIN orders_order AS o ON o.id = r.order_id
          JOIN panel_user AS u ON u.customer_id = o.customer_id
         WHERE u.is_active
           AND (r.kind = 'completed' AND u.mail_completed
                OR r.kind = 'refill_completed' AND u.mail_refilled)
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    SELECT max(r.id), (SELECT count(*) FROM written)
      FROM recent AS r
     WHERE NOT EXISTS (SELECT FROM young WHERE young.id <= r.id)
"""
_BOOK = """
    WITH recent AS MATERIALIZED (
        SELECT id, created_at AS at, kind, customer_id FROM orders_ledgerentry
         WHERE id > %(seen)s ORDER BY id LIMIT %(rows)s
    ), young AS (
        SELECT min(id) AS id FROM recent WHERE at >= %(settled)s
    ), written AS (
        INSERT INTO panel_notice (user_id, event, subject_id, due_at)
        SELECT u.id, CASE r.kind WHEN 'refund' THEN 'money_back' ELSE 'funds' END, r.id,
               %(now)s
          FROM recent AS r
          JOIN panel_user AS u ON u.customer_id = r.customer_id
         WHERE u.is_active
           AND (r.kind = 'refund' AND u.mail_money_back OR r.kind = 'top_up' AND u.mail_funds)
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    SELECT max(r.id), (SELECT count(*) FROM written)
      FROM recent AS r
     WHERE NOT EXISTS (SELECT FROM young WHERE young.id <= r.id)
"""
SOURCES = {
    "timeline": ("SELECT coalesce(max(id), 0) FROM orders_orderevent", _TIMELINE),
    "book": ("SELECT coalesce(max(id), 0) FROM orders_ledgerentry", _BOOK),
}


def find(*, now: datetime) -> int:
    """Write a notice for each new thing that its reader wants to hear of; returns how many.

    The first look ever tells nothing: it remembers where the tables end.
    """
    found = sum(_find_in(source, now=now) for source in SOURCES)
    _prune(now=now)
    return found


def forget() -> None:
    """Keep neither marks nor notices that wait: there is nobody who could send them."""
    NoticeMark.objects.all().delete()
    Notice.objects.filter(due_at__isnull=False).delete()


@transaction.atomic
def _find_in(source: str, *, now: datetime) -> int:
    """One look at a time; whoever comes while another looks has nothing to find."""
    end, look = SOURCES[source]
    mark = NoticeMark.objects.select_for_update(skip_locked=True).filter(pk=source).first()
    with connection.cursor() as cursor:
        if mark is None:
            cursor.execute(end)
            first = NoticeMark(source=source, seen_id=cursor.fetchone()[0])
            NoticeMark.objects.bulk_create([first], ignore_conflicts=True)
            return 0
        given: dict[str, Any] = {
            "seen": mark.seen_id,
            "rows": ROWS_MAX,
            "settled": now - SETTLED,
            "now": now,
        }
        cursor.execute(look, given)
        seen_id, found = cursor.fetchone()
    if seen_id is not None:
        NoticeMark.objects.filter(pk=source).update(seen_id=max(seen_id, mark.seen_id))
    return int(found)


def _prune(*, now: datetime) -> None:
    """Old notices go, long after the mark has passed what they told."""
    old = Notice.objects.filter(created_at__lt=now - KEPT, due_at__isnull=True)
    oldest = old.order_by("created_at").values_list("pk", flat=True)[:PRUNED_MAX]
    Notice.objects.filter(pk__in=list(oldest)).delete()
