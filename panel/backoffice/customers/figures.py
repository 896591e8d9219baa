"""What customers spent and ordered, and when they were seen: one query each for a whole page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count

from orders.models import Customer, CustomerRate
from orders.money import ZERO
from panel.models import ApiKey, User

ORDERS_COUNTED_MAX = 10_000

# What came in otherwise than by orders, less what is left, went into orders.
_SPENT = """
    SELECT c.id, coalesce((SELECT sum(e.amount) FROM orders_ledgerentry AS e
                            WHERE e.customer_id = c.id AND e.order_id IS NULL), 0) - c.balance
      FROM orders_customer AS c WHERE c.id = ANY(%s)
"""
_ORDERS = """
    SELECT c.id, (SELECT count(*) FROM (SELECT 1 FROM orders_order
                   WHERE customer_id = c.id ORDER BY id DESC LIMIT %s) AS latest)
      FROM unnest(%s::bigint[]) AS c (id)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A customer as the list shows them. ``orders`` are counted to ORDERS_COUNTED_MAX + 1."""

    customer: Customer
    user: User | None = None
    spent: Decimal = ZERO
    orders: int = 0
    own_rates: int = 0
    key_used_at: datetime | None = None

    @property
    def email(self) -> str:
        return self.user.email if self.user else ""

    @property
    def seen_at(self) -> datetime | None:
        """When they last logged in, or one of their programs called."""
        moments = [self.user.last_login if self.user else None, self.key_used_at]
        return max((moment for moment in moments if moment is not None), default=None)

    @property
    def shown_orders(self) -> int:
        return min(self.orders, ORDERS_COUNTED_MAX)

    @property
    def has_more_orders(self) -> bool:
        return self.orders > ORDERS_COUNTED_MAX


def lines(customers: Sequence[Customer]) -> list[Line]:
    ids = [customer.pk for customer in customers]
    users = {user.customer_id: user for user in User.objects.filter(customer__in=ids)}
    spent: dict[int, Decimal] = dict(_rows(_SPENT, [ids]))
    orders: dict[int, int] = dict(_rows(_ORDERS, [ORDERS_COUNTED_MAX + 1, ids]))
    rates = dict(
        CustomerRate.objects.filter(customer__in=ids)
        .values_list("customer_id")
        .annotate(count=Count("pk"))
    )
    used = _used(ids)
    return [
        Line(
            row,
            users.get(row.pk),
            spent[row.pk],
            orders[row.pk],
            rates.get(row.pk, 0),
            used.get(row.pk),
        )
        for row in customers
    ]


def _used(ids: Sequence[int]) -> dict[int, datetime]:
    keys = ApiKey.objects.filter(customer__in=ids, last_used_at__isnull=False)
    latest = keys.order_by("customer", "-last_used_at").distinct("customer")
    return {row.customer_id: row.last_used_at for row in latest if row.last_used_at}


def _rows(statement: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
