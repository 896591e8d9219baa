"""What went wrong lately: orders that no provider has, by what was answered; and those that one
gave back.

A cause is an answer with its numbers taken out: three hundred refusals of one kind are one line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from orders.lifecycle import Status
from orders.models import Attempt
from orders.models.moments import SLACK, id_around
from providers.models import Provider

CALLS_MAX = 20_000
"""The latest ones of each provider that are looked at, and the latest canceled orders."""
CAUSES_MAX = 50
LISTED_MAX = 2_000
_CAUSE = "regexp_replace(left(answer, 300), '[0-9]+', '#', 'g')"
_FAILED = "('refused', 'silent', 'unreachable')"
# The last call about an order says how it stands: one that the next source took has not failed.
_LAST = """
    WITH recent AS (
        SELECT a.* FROM unnest(%s::bigint[]) AS p (id)
         CROSS JOIN LATERAL (
               SELECT id, order_id, provider_id, action, outcome, answer, opened_at
                 FROM orders_attempt WHERE provider_id = p.id AND id >= %s
                ORDER BY id DESC LIMIT %s) AS a
         WHERE a.opened_at >= %s AND a.action = 'add'
    ), last AS (SELECT DISTINCT ON (order_id) * FROM recent ORDER BY order_id, id DESC)
"""
_CAUSES = f"""
    {_LAST}
    SELECT last.provider_id, last.outcome, (array_agg(last.answer ORDER BY last.id DESC))[1],
           count(*), count(*) FILTER (WHERE o.status = 'pending' AND o.hold = ''),
           count(*) FILTER (WHERE o.status = 'unconfirmed' OR o.hold <> ''),
           count(*) FILTER (WHERE o.status = 'canceled'), coalesce(sum(o.refunded), 0),
           max(last.opened_at), min(last.id), max(last.id)
      FROM last JOIN orders_order AS o ON o.id = last.order_id
     WHERE last.outcome IN {_FAILED} AND o.upstream_id IS NULL
     GROUP BY last.provider_id, last.outcome, {_CAUSE}
     ORDER BY count(*) DESC, max(last.id) DESC LIMIT %s
"""  # noqa: S608  # constants of this file
_LIKE = f"""
    SELECT DISTINCT a.order_id FROM orders_attempt AS a
      JOIN orders_order AS o ON o.id = a.order_id
     WHERE a.provider_id = %s AND a.id BETWEEN %s AND %s AND a.action = 'add'
       AND a.outcome = %s AND {_CAUSE} = (SELECT {_CAUSE} FROM orders_attempt WHERE id = %s)
       AND o.upstream_id IS NULL
       AND NOT EXISTS (SELECT FROM orders_attempt AS b
                        WHERE b.order_id = a.order_id AND b.action = 'add' AND b.id > a.id)
     ORDER BY a.order_id DESC LIMIT %s
"""  # noqa: S608
# In the order of the index on states: the latest ones, however many there are.
_GIVEN_BACK = f"""
    WITH latest AS (
        SELECT id, provider_id, refunded, closed_at, upstream_id FROM orders_order
         WHERE status = '{Status.CANCELED}' ORDER BY id DESC LIMIT %s)
    SELECT provider_id, count(*), sum(refunded), max(closed_at)
      FROM latest AS o
     WHERE closed_at >= %s AND provider_id IS NOT NULL AND upstream_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM orders_cancelrequest AS c WHERE c.order_id = o.id)
     GROUP BY provider_id ORDER BY count(*) DESC
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Cause:
    """Orders that came to nothing for one reason; ``refunded`` is what went back for them."""

    provider_id: int
    outcome: str
    answer: str
    orders: int
    waiting: int
    unknown: int
    canceled: int
    refunded: Decimal
    latest_at: datetime
    first_id: int
    last_id: int
    """The first and the last of its calls."""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Orders that a provider took and then canceled, without anybody having asked for it."""

    provider_id: int
    orders: int
    refunded: Decimal
    latest_at: datetime


def causes(*, since: datetime) -> list[Cause]:
    """Why orders came to nothing since then, the most frequent first; at most CAUSES_MAX."""
    first = id_around(Attempt, since - SLACK, by="opened_at")
    providers = list(Provider.objects.values_list("pk", flat=True))
    asked = [providers, first, CALLS_MAX, since, CAUSES_MAX]
    return [Cause(*row) for row in _rows(_CAUSES, asked)]


def given_back(*, since: datetime) -> list[GivenBack]:
    """By provider, those with the most orders first."""
    return [GivenBack(*row) for row in _rows(_GIVEN_BACK, [CALLS_MAX, since])]


def orders_like(first_id: int, last_id: int) -> list[int]:
    """The orders of one cause, by the first and the last of its calls; at most LISTED_MAX."""
    last = Attempt.objects.filter(pk=last_id).values_list("provider_id", "outcome").first()
    if last is None:
        return []
    provider_id, outcome = last
    asked = [provider_id, first_id, last_id, outcome, last_id, LISTED_MAX]
    return [row[0] for row in _rows(_LIKE, asked)]


def _rows(sql: str, asked: list[Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        yield from cursor.fetchall()
