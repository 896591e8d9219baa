"""Which orders a difference at a provider may belong to: leads for a person, never a proof."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from orders.models import Attempt, LedgerEntry
from orders.models.moments import SLACK, id_around
from orders.reconciling.days import TOLERANCE, Day

SUSPECTS_MAX = 50
REASONS = {
    "unconfirmed": _("Nobody knows whether the provider has it"),
    "twice": _("Two orders came back with one id"),
    "by_hand": _("Refunded by hand after the provider had accepted it"),
    "returned": _("Ended without full delivery: the provider may not have given it back"),
    "cost": _("The provider's cost is another one now than when it was placed"),
}

# What the difference would be if the lead were true: below zero, the provider took more.
_LEADS = """
    SELECT DISTINCT ON (o.id) o.id, 'unconfirmed', -o.cost_rate * o.units / 1000
      FROM orders_attempt AS a JOIN orders_order AS o ON o.id = a.order_id
     WHERE a.id >= %(first_attempt)s AND a.provider_id = %(provider)s AND a.action = 'add'
       AND a.outcome = 'silent'
       AND (o.upstream_id IS NULL OR a.upstream_id IS DISTINCT FROM o.upstream_id)
       AND a.opened_at > %(start)s AND a.opened_at <= %(end)s
    UNION ALL
    SELECT DISTINCT ON (o.id) o.id, 'twice', o.cost_rate * o.units / 1000
      FROM orders_attempt AS a JOIN orders_order AS o ON o.id = a.order_id
     WHERE a.id >= %(first_attempt)s AND a.provider_id = %(provider)s AND a.action = 'add'
       AND a.upstream_id IS NOT NULL AND a.opened_at > %(start)s AND a.opened_at <= %(end)s
       AND EXISTS (SELECT FROM orders_order AS other
                    WHERE other.provider_id = a.provider_id AND other.upstream_id = a.upstream_id
                      AND other.id <> a.order_id)
    UNION ALL
    SELECT o.id, CASE WHEN max(e.actor) = '' THEN 'returned' ELSE 'by_hand' END,
           -sum(e.amount) * o.cost_rate / o.rate
      FROM orders_ledgerentry AS e JOIN orders_order AS o ON o.id = e.order_id
     WHERE e.id >= %(first_entry)s AND o.provider_id = %(provider)s
       AND o.upstream_id IS NOT NULL AND o.rate > 0 AND e.kind IN ('refund', 'reversal')
       AND e.created_at > %(start)s AND e.created_at <= %(end)s
     GROUP BY o.id
    UNION ALL
    SELECT o.id, 'cost', -(f.cost - o.cost_rate) * o.units / 1000
      FROM orders_attempt AS a
      JOIN orders_order AS o ON o.id = a.order_id
      JOIN providers_offer AS f ON f.id = a.offer_id
     WHERE a.id >= %(first_attempt)s AND a.provider_id = %(provider)s AND a.action = 'add'
       AND a.outcome = 'accepted' AND f.cost <> o.cost_rate AND o.units > 0
       AND a.closed_at > %(start)s AND a.closed_at <= %(end)s
"""
_NEAREST = """
    SELECT id, reason, round(amount, 8) FROM ({leads}) AS lead (id, reason, amount)
     WHERE amount <> 0
     ORDER BY abs(amount - %(difference)s), id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Suspect:
    """An order with the difference that it would explain, in the provider's currency."""

    order_id: int
    reason: str
    """A key of REASONS."""
    amount: Decimal
    is_match: bool
    """It alone explains the whole difference."""

    @property
    def title(self) -> Any:
        return REASONS[self.reason]


def suspects(day: Day) -> list[Suspect]:
    """The SUSPECTS_MAX orders of the day whose amounts are nearest to its difference."""
    opened_at = day.row.opened_at
    if opened_at is None:
        return []
    values: dict[str, Any] = {
        "provider": day.row.provider_id,
        "start": opened_at,
        "end": day.row.closed_at,
        "first_attempt": id_around(Attempt, opened_at - SLACK, by="opened_at"),
        "first_entry": id_around(LedgerEntry, opened_at - SLACK),
        "difference": day.difference,
        "limit": SUSPECTS_MAX,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST.format(leads=_LEADS), values)
        rows = cursor.fetchall()
    return [
        Suspect(order_id, reason, amount, abs(amount - day.difference) <= TOLERANCE)
        for order_id, reason, amount in rows
    ]
