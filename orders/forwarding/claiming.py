"""Claims and attempts: what is committed before a call, and what becomes of it after a crash.

A claim is a lease on an order, an attempt is the promise of one call. All their deadlines come
from the database clock. The end of the lease is also the claim's token: whoever does not know
it to the microsecond is not the one who claimed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models.functions import Now

from orders.lifecycle import Status
from orders.models import Attempt, Order, OrderEvent, Review, Service
from orders.models.moves import Move, move_many
from providers.models import Offer, Provider

CLAIM_MAX = 500
EXPIRE_MAX = 1_000
ROUND_S = 20
LEASE_SLACK_S = 30

# Chosen before anything is written: a plan that asks the choice again for every row it joins
# would pass over what it has just taken, and take more than the limit.
_CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM orders_order
         WHERE provider_id = %s AND status = 'pending' AND hold = '' AND due_at <= %s
           AND NOT EXISTS (SELECT FROM orders_cancelrequest AS c
                            WHERE c.order_id = orders_order.id AND c.status = 'requested')
         ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
    UPDATE orders_order AS o
       SET status = 'submitting', claimed_until = clock_timestamp() + make_interval(secs => %s)
      FROM due WHERE o.id = due.id
    RETURNING o.id, o.claimed_until
"""
# Only the one who holds the claim, while it holds, for an order that has no other open attempt.
_OPEN = """
    WITH mine AS (
        UPDATE orders_order AS o
           SET claimed_until = clock_timestamp() + make_interval(secs => %s),
               tries = least(o.tries + 1, 32000)
          FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS w (id, token, request)
         WHERE o.id = w.id AND o.status = 'submitting'
           AND o.claimed_until = w.token AND o.claimed_until > clock_timestamp()
        RETURNING o.id, o.provider_id, o.offer_id, o.claimed_until, w.request
    )
    INSERT INTO orders_attempt
           (order_id, action, provider_id, offer_id, outcome, request, answer, lease_until)
    SELECT id, 'add', provider_id, offer_id, 'open', request::jsonb, '', claimed_until FROM mine
    ON CONFLICT (order_id, action) WHERE outcome = 'open' DO NOTHING
    RETURNING order_id, id
"""
_GIVE_BACK = """
    UPDATE orders_order AS o
       SET status = 'pending', claimed_until = NULL
      FROM unnest(%s::bigint[], %s::timestamptz[]) AS w (id, token)
     WHERE o.id = w.id AND o.status = 'submitting' AND o.claimed_until = w.token
"""
_STALE = """
    SELECT o.id, a.id
      FROM (SELECT id FROM orders_order
             WHERE status = 'submitting' AND claimed_until < clock_timestamp()
             ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) AS o
      LEFT JOIN orders_attempt AS a
        ON a.order_id = o.id AND a.action = 'add' AND a.outcome = 'open'
"""
_LOST = "The worker was lost while the call was under way: nobody knows whether it arrived."


@dataclass(frozen=True, slots=True)
class Claim:
    """An order that is ours until the lease ends; its service and offer are loaded."""

    order: Order
    token: datetime


def lease_s(provider: Provider) -> int:
    """How long one call may stay unrecorded: more than three times its deadline."""
    return 3 * provider.timeout_s + LEASE_SLACK_S


def claim(provider: Provider, *, limit: int, now: datetime) -> list[Claim]:
    """Take up to ``limit`` due orders of a provider, oldest first, and commit that."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [provider.pk, now, limit, lease_s(provider) + ROUND_S])
        tokens: dict[int, datetime] = dict(cursor.fetchall())
    orders = list(Order.objects.filter(pk__in=tokens).order_by("due_at", "id"))
    services = Service.objects.in_bulk({order.service_id for order in orders})
    offers = Offer.objects.in_bulk({order.offer_id for order in orders})
    for order in orders:
        order.service = services[order.service_id]
        order.offer = offers.get(order.offer_id)
    return [Claim(order, tokens[order.pk]) for order in orders]


def open_attempts(
    provider: Provider, wanted: Sequence[tuple[Claim, Mapping[str, str]]]
) -> dict[int, int]:
    """Commit an attempt for each claim and its request; returns order id → attempt id.

    A claim that is no longer ours, or whose order has an open attempt, is left out.
    """
    columns = (
        [claim.order.pk for claim, _ in wanted],
        [claim.token for claim, _ in wanted],
        [json.dumps(dict(request)) for _, request in wanted],
    )
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_OPEN, [lease_s(provider), *columns])
        return dict(cursor.fetchall())


def give_back(claims: Sequence[Claim]) -> None:
    """Leave claims that were not used to the next round; nothing was sent for them."""
    if not claims:
        return
    columns = ([claim.order.pk for claim in claims], [claim.token for claim in claims])
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, columns)


@transaction.atomic
def expire_claims(*, now: datetime) -> int:
    """Sort out up to EXPIRE_MAX claims whose lease ran out; returns how many.

    Without an attempt nothing can have been sent: back to PENDING. With one nobody can know:
    UNCONFIRMED, and a person is asked.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STALE, [EXPIRE_MAX])
        stale: list[tuple[int, int | None]] = cursor.fetchall()
    unsent = [order_id for order_id, attempt_id in stale if attempt_id is None]
    unknown = {order_id: attempt_id for order_id, attempt_id in stale if attempt_id is not None}
    move_many(
        [Move(order_id, Status.PENDING) for order_id in unsent]
        + [Move(order_id, Status.UNCONFIRMED) for order_id in unknown],
        now=now,
    )
    Attempt.objects.filter(pk__in=unknown.values()).update(
        outcome=Attempt.Outcome.SILENT, answer=_LOST, closed_at=Now()
    )
    Review.objects.bulk_create(
        [Review(order_id=pk, reason=Review.Reason.SILENT, evidence=_LOST) for pk in unknown],
        ignore_conflicts=True,
    )
    OrderEvent.objects.bulk_create(
        OrderEvent(order_id=pk, kind="unconfirmed", text=_LOST) for pk in unknown
    )
    return len(stale)
