"""Taking due buckets: one hand at a time, their orders read, sparse ones packed together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from orders.lifecycle import AT_PROVIDER, Status
from orders.models import PollBucket, Review
from orders.models.buckets import enlist
from orders.models.order import BUCKET_SIZE
from orders.tracking.followed import Followed

ADOPT_MAX = 1_000
NEIGHBOURS_MAX = 50
AGE_MAX = timedelta(days=90)
WATCH_DAYS = 30
WATCHED = frozenset({Status.COMPLETED, Status.PARTIAL, Status.EXPIRED})

# In no order: for one, the planner would walk through the whole book by its primary key.
_HOMELESS = """
    SELECT id FROM orders_order
     WHERE provider_id = %s AND bucket_id IS NULL AND status = ANY(%s)
       AND upstream_id IS NOT NULL
       AND (created_at > %s OR service_id IN
            (SELECT id FROM orders_service WHERE type = 'Subscriptions'))
     LIMIT %s
"""
# Materialized: chosen once, whatever plan is made, and never more than the limit.
_CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM orders_pollbucket
         WHERE provider_id = %s AND due_at <= %s
           AND (claimed_until IS NULL OR claimed_until <= %s)
         ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
    UPDATE orders_pollbucket AS b SET claimed_until = %s FROM due WHERE b.id = due.id
    RETURNING b.id, b.is_watch, b.interval
"""
_NEIGHBOURS = """
    SELECT id FROM orders_pollbucket
     WHERE provider_id = %s AND is_watch = %s AND filled <= %s AND id <> ALL(%s)
       AND (claimed_until IS NULL OR claimed_until <= %s)
     ORDER BY filled LIMIT %s FOR UPDATE SKIP LOCKED
"""
_MEMBERS = """
    SELECT o.id, o.upstream_id, o.bucket_id, o.status, s.type, o.quantity, o.units, o.rate,
           o.metered, o.start_count, o.remains, o.served, o.misses, o.created_at, o.closed_at,
           CASE WHEN s.refill AND s.refill_days > 0 THEN s.refill_days ELSE %s END
      FROM orders_order AS o JOIN orders_service AS s ON s.id = o.service_id
     WHERE o.bucket_id = ANY(%s) AND o.provider_id = %s AND o.upstream_id IS NOT NULL
     ORDER BY o.id
"""
# Rows that somebody holds are left for the next time: waiting here could mean waiting for us.
_LEAVE = """
    UPDATE orders_order SET bucket_id = NULL WHERE id IN (
        SELECT id FROM orders_order WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED)
    RETURNING id
"""
_REHOUSE = """
    UPDATE orders_order AS o SET bucket_id = m.bucket_id
      FROM unnest(%s::bigint[], %s::bigint[]) AS m (order_id, bucket_id)
     WHERE o.id = m.order_id AND o.id IN (
        SELECT id FROM orders_order WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED)
    RETURNING o.id
"""
_RECOUNT = """
    UPDATE orders_pollbucket AS b
       SET filled = (SELECT count(*) FROM orders_order AS o WHERE o.bucket_id = b.id)
     WHERE b.id = ANY(%s)
"""


@dataclass(slots=True)
class Claimed:
    """A bucket that is ours until the lease ends, and the orders to ask for."""

    bucket_id: int
    is_watch: bool
    interval: timedelta
    orders: list[Followed] = field(default_factory=list)
    room: int = BUCKET_SIZE


def adopt_homeless(provider_id: int, *, now: datetime) -> None:
    """Enlist orders that are with the provider and that nobody asks for."""
    states = [str(status) for status in AT_PROVIDER]
    values: list[Any] = [provider_id, states, now - AGE_MAX, ADOPT_MAX]
    with connection.cursor() as cursor:
        cursor.execute(_HOMELESS, values)
        homeless = [row[0] for row in cursor.fetchall()]
    if homeless:
        enlist(provider_id, homeless, now=now)


@transaction.atomic
def claim(provider_id: int, *, lease_until: datetime, limit: int, now: datetime) -> list[Claimed]:
    """Take up to ``limit`` due buckets, longest due first, and pack their orders together.

    Buckets that became superfluous are returned without orders.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [provider_id, now, now, limit, lease_until])
        claimed = [Claimed(*row) for row in cursor.fetchall()]
    if not claimed:
        return []
    _fill(claimed, provider_id, now=now)
    for is_watch in (False, True):
        _pack([one for one in claimed if one.is_watch == is_watch], provider_id, now=now)
    recount([one.bucket_id for one in claimed])
    return claimed


def recount(bucket_ids: Sequence[int]) -> None:
    """Write how many orders are really in these buckets. The caller holds their locks."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, [list(bucket_ids)])


def members(bucket_ids: Sequence[int], provider_id: int) -> list[Followed]:
    """The orders in these buckets."""
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, [WATCH_DAYS, list(bucket_ids), provider_id])
        return [Followed(*row) for row in cursor.fetchall()]


def _fill(claimed: Sequence[Claimed], provider_id: int, *, now: datetime) -> None:
    """Give each bucket its orders; those that need not be asked for any more leave it."""
    by_id = {one.bucket_id: one for one in claimed}
    leaving: list[Followed] = []
    for order in members(list(by_id), provider_id):
        bucket = by_id[order.bucket_id]
        bucket.room -= 1
        if _is_followed(order, is_watch=bucket.is_watch, now=now):
            bucket.orders.append(order)
        else:
            leaving.append(order)
    for order in leaving:
        if order.status in AT_PROVIDER:
            evidence = f"Placed on {order.created_at:%Y-%m-%d} and not ended: no longer asked for."
            Review.ask(order.order_id, Review.Reason.TOO_OLD, evidence)
    if leaving:
        with connection.cursor() as cursor:
            cursor.execute(_LEAVE, [[order.order_id for order in leaving]])
            gone = {row[0] for row in cursor.fetchall()}
        for order in leaving:
            by_id[order.bucket_id].room += order.order_id in gone


def _is_followed(order: Followed, *, is_watch: bool, now: datetime) -> bool:
    if is_watch:
        return (
            order.closed_at is not None
            and order.status in WATCHED
            and (now < order.closed_at + timedelta(days=order.watch_days))
        )
    if order.status not in AT_PROVIDER:
        return False
    return order.is_subscription or now < order.created_at + AGE_MAX


def _pack(claimed: Sequence[Claimed], provider_id: int, *, now: datetime) -> None:
    """Empty the sparsest buckets into the others, and take in what is sparse elsewhere.

    So n orders need n/100 requests, rounded up, however many of each bucket have ended.
    """
    living = sorted((one for one in claimed if one.orders), key=lambda one: len(one.orders))
    total = sum(len(one.orders) for one in living)
    spare = len(living) - -(-total // BUCKET_SIZE)
    receivers = living[spare:] if spare > 0 else living
    for giver in living[: max(spare, 0)]:
        moved = _rehouse(giver.orders, receivers)
        giver.orders = [order for order in giver.orders if order.order_id not in moved]
    room = sum(one.room for one in receivers)
    if receivers and room:
        known = [one.bucket_id for one in claimed]
        _take_in(_neighbours(provider_id, receivers, known, now=now), receivers, provider_id)


def _neighbours(
    provider_id: int, receivers: Sequence[Claimed], known: Sequence[int], *, now: datetime
) -> list[int]:
    room = sum(one.room for one in receivers)
    is_watch = receivers[0].is_watch
    with connection.cursor() as cursor:
        values: list[Any] = [provider_id, is_watch, room, list(known), now, NEIGHBOURS_MAX]
        cursor.execute(_NEIGHBOURS, values)
        return [row[0] for row in cursor.fetchall()]


def _take_in(bucket_ids: Sequence[int], receivers: Sequence[Claimed], provider_id: int) -> None:
    """Dissolve whole buckets that fit into the room that is left."""
    if not bucket_ids:
        return
    by_bucket: dict[int, list[Followed]] = {bucket_id: [] for bucket_id in bucket_ids}
    for order in members(bucket_ids, provider_id):
        by_bucket[order.bucket_id].append(order)
    for orders in by_bucket.values():
        if len(orders) <= sum(one.room for one in receivers):
            _rehouse(orders, receivers)
    recount(bucket_ids)
    PollBucket.objects.filter(pk__in=bucket_ids, filled=0).delete()


def _rehouse(orders: Iterable[Followed], receivers: Sequence[Claimed]) -> set[int]:
    """Move orders to buckets with room; returns those that moved."""
    places = (one for one in receivers for _ in range(one.room))
    plan = {order.order_id: (order, place) for order, place in zip(orders, places, strict=False)}
    if not plan:
        return set()
    with connection.cursor() as cursor:
        ids, homes = list(plan), [place.bucket_id for _, place in plan.values()]
        cursor.execute(_REHOUSE, [ids, homes, ids])
        moved = {row[0] for row in cursor.fetchall()}
    for order_id in moved:
        order, place = plan[order_id]
        order.bucket_id = place.bucket_id
        place.orders.append(order)
        place.room -= 1
    return moved
