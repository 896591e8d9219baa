"""A random book over many days, and its figures reckoned again in plain Python."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection

from orders import closing, ledger
from orders.figures import Period
from orders.lifecycle import Status
from orders.models import LedgerEntry, Order
from tests import make
from tests.orders.damages import past_the_guards

ORDERS = 60
PLACES = Decimal("0.00000001")
MONEY = {
    "top_up": ("paid_in", 1),
    "charge": ("charged", -1),
    "refund": ("returned", 1),
    "reversal": ("returned", 1),
    "bonus": ("granted", 1),
    "adjustment": ("granted", 1),
    "opening": ("granted", 1),
}
OTHERWISE = ("paid_out", -1)
Key = Callable[[LedgerEntry], Any]


def random_book(seed: int, *, until: datetime, days: int) -> None:
    """Orders of a few customers, refunds and funds, spread over ``days`` that end at ``until``."""
    chance = random.Random(seed)
    services, customers = _services(chance), [make.customer(balance="5000") for _ in range(5)]
    placed: list[Order] = []
    for number in range(ORDERS):
        buyer = chance.choice(customers)
        quantity = chance.randint(10, 3000)
        placed.append(
            make.placed(customer=buyer, service=chance.choice(services), quantity=quantity)
        )
        if chance.random() < 0.5:
            _end(chance, placed.pop(chance.randrange(len(placed))))
        if chance.random() < 0.2:
            amount = Decimal(chance.randint(-900, 900)) / 7
            ledger.adjust(
                buyer, amount.quantize(PLACES), cause=str(number), reason="So", actor="boss"
            )
    _spread(chance, until=until, days=days)


def reckoned(key: Key, period: Period) -> dict[Any, dict[str, Any]]:
    """All figures of a period by ``key`` of the entry (None: left out), one entry at a time."""
    sums: dict[Any, dict[str, Any]] = defaultdict(lambda: defaultdict(Decimal))
    for entry in LedgerEntry.objects.select_related("order__provider"):
        if period.first <= day_of(entry) <= period.last and key(entry) is not None:
            _count(sums[key(entry)], entry)
    return sums


def day_of(entry: LedgerEntry) -> date:
    return entry.created_at.astimezone(UTC).date()


def service_of(entry: LedgerEntry) -> int | None:
    return entry.order.service_id if entry.order else None


def provider_of(entry: LedgerEntry) -> int | None:
    return (entry.order.provider_id or 0) if entry.order else None


def customer_of(entry: LedgerEntry) -> int:
    return entry.customer_id


def _count(sums: dict[str, Any], entry: LedgerEntry) -> None:
    name, sign = MONEY.get(entry.kind, OTHERWISE)
    sums[name] += sign * entry.amount
    sums["orders"] += entry.kind == "charge" and entry.step == 1
    if entry.order and entry.order.charge:
        order = entry.order
        sums["cost"] += (-entry.amount * order.cost / order.charge).quantize(PLACES, ROUND_HALF_UP)


def _services(chance: random.Random) -> list[Any]:
    providers = [make.provider() for _ in range(2)]
    sold = [
        make.service(
            rate=f"{chance.randint(1, 999)}e-3",
            offers=[
                make.offer(chance.choice(providers), cost=Decimal(chance.randint(1, 99)) / 700)
            ],
        )
        for n in (chance.randint(1, 99) for _ in range(4))
    ]
    return [*sold, make.service(rate="1")]


def _end(chance: random.Random, order: Order) -> None:
    """Partial, then perhaps canceled for good; or back again by hand."""
    now = make.NOW
    closing.close(order.pk, Status.PARTIAL, undelivered=chance.randint(0, order.units), now=now)
    order.refresh_from_db()
    if chance.random() < 0.3:
        closing.close(order.pk, Status.CANCELED, now=now)
    elif order.refunded and chance.random() < 0.3:
        ledger.take_back(order.pk, order.refunded, actor="boss", reason="Too much")


def _spread(chance: random.Random, *, until: datetime, days: int) -> None:
    """Let time pass between one entry and the next."""
    ids = list(LedgerEntry.objects.order_by("pk").values_list("pk", flat=True))
    moments = sorted(until - timedelta(days=days) * chance.random() for _ in ids)
    with past_the_guards(), connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE orders_ledgerentry SET created_at = %s WHERE id = %s",
            list(zip(moments, ids, strict=True)),
        )
