"""Orders are asked for in buckets: which bucket an order is in, and how buckets stay full.

A bucket is one row of the poll schedule and one request, whatever number of its orders changed.
Two hands never fill the same bucket at once: each takes the buckets that nobody has locked.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from orders.models.order import BUCKET_SIZE, PollBucket

ENLIST_MAX = 10_000
ROOMS_MAX = 200
FIRST_INTERVAL = timedelta(minutes=1)
WATCH_INTERVAL = timedelta(hours=2)
JITTER = 0.1

_HOMELESS = """
    SELECT o.id
      FROM orders_order AS o LEFT JOIN orders_pollbucket AS b ON b.id = o.bucket_id
     WHERE o.id = ANY(%s) AND o.provider_id = %s AND o.upstream_id IS NOT NULL
       AND b.is_watch IS DISTINCT FROM %s
     ORDER BY o.id FOR UPDATE OF o
"""
_ROOMS = """
    SELECT id, filled FROM orders_pollbucket
     WHERE provider_id = %s AND is_watch = %s AND filled < %s
     ORDER BY id DESC LIMIT %s FOR UPDATE SKIP LOCKED
"""
_PUT = """
    UPDATE orders_order AS o SET bucket_id = p.bucket_id
      FROM unnest(%s::bigint[], %s::bigint[]) AS p (order_id, bucket_id) WHERE o.id = p.order_id
"""
_FILL = """
    UPDATE orders_pollbucket AS b
       SET filled = b.filled + f.number, interval = least(b.interval, %s),
           due_at = least(b.due_at, %s)
      FROM unnest(%s::bigint[], %s::int[]) AS f (bucket_id, number) WHERE b.id = f.bucket_id
"""


@transaction.atomic
def enlist(
    provider_id: int, order_ids: Sequence[int], *, now: datetime, is_watch: bool = False
) -> None:
    """Have up to ENLIST_MAX orders asked for: open ones soon, ended ones (``is_watch``) rarely.

    Orders that are in such a bucket already, are not with this provider or have no upstream id
    are left alone. Locks the orders and then buckets that nobody else holds: it waits for no
    bucket, so it may be called at the end of any transaction.
    """
    if len(order_ids) > ENLIST_MAX:
        raise ValueError(f"At most {ENLIST_MAX} orders at once.")
    with connection.cursor() as cursor:
        cursor.execute(_HOMELESS, [list(order_ids), provider_id, is_watch])
        homeless = [row[0] for row in cursor.fetchall()]
    if not homeless:
        return
    interval = WATCH_INTERVAL if is_watch else FIRST_INTERVAL
    due_at = now + jittered(interval)
    shares = list(_shares(provider_id, homeless, is_watch=is_watch, due_at=due_at))
    with connection.cursor() as cursor:
        put = [(order_id, bucket_id) for bucket_id, ids in shares for order_id in ids]
        cursor.execute(_PUT, [list(column) for column in zip(*put, strict=True)])
        buckets, numbers = [bucket for bucket, _ in shares], [len(ids) for _, ids in shares]
        values: list[Any] = [interval, due_at, buckets, numbers]
        cursor.execute(_FILL, values)


def jittered(interval: timedelta) -> timedelta:
    """``interval`` give or take a tenth, so that buckets do not all come due at once."""
    return interval * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311


def _shares(
    provider_id: int, order_ids: Sequence[int], *, is_watch: bool, due_at: datetime
) -> Iterator[tuple[int, Sequence[int]]]:
    """Bucket by bucket the orders that go in: first where room is, then into new ones."""
    with connection.cursor() as cursor:
        cursor.execute(_ROOMS, [provider_id, is_watch, BUCKET_SIZE, ROOMS_MAX])
        rooms = cursor.fetchall()
    done = 0
    for bucket_id, filled in rooms:
        if done >= len(order_ids):
            return
        share = order_ids[done : done + BUCKET_SIZE - filled]
        done += len(share)
        yield bucket_id, share
    rest = [order_ids[i : i + BUCKET_SIZE] for i in range(done, len(order_ids), BUCKET_SIZE)]
    interval = WATCH_INTERVAL if is_watch else FIRST_INTERVAL
    made = PollBucket.objects.bulk_create(
        PollBucket(provider_id=provider_id, is_watch=is_watch, interval=interval, due_at=due_at)
        for _ in rest
    )
    yield from ((bucket.pk, share) for bucket, share in zip(made, rest, strict=True))
