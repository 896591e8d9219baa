"""What rules would have refused of the orders of the last days. Changes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orders.models import Order
from orders.models.moments import SLACK, id_around
from orders.order_types import ORDER_TYPES
from orders.policy import Rule, Rulebook
from orders.rulebook import entry_of

DAYS = 7
ORDERS_MAX = 5_000  # the newest ones
SIGNS_MAX = 10_000_000  # characters of inputs: lists of comments can be long
SHOWN_MAX = 20
READ_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Sighted:
    """An order that would have been refused, for which input and which piece of it."""

    order_id: int
    link: str
    field: str
    piece: str


@dataclass(slots=True)
class Hindsight:
    """How many orders were looked at, how many of them refused; the newest of those."""

    looked_at: int = 0
    refused: int = 0
    sighted: list[Sighted] = field(default_factory=list)
    is_cut: bool = False
    """There are older orders within DAYS that were not looked at."""


def look_back(rules: Iterable[Rule], *, now: datetime) -> Hindsight:
    """Ask ``rules`` about the orders of the last DAYS, at most ORDERS_MAX, the newest first."""
    book, seen, signs = Rulebook(rules), Hindsight(), 0
    for order_id, service_id, category_id, title, inputs in _orders(now):
        if seen.looked_at == ORDERS_MAX or signs > SIGNS_MAX:
            seen.is_cut = True
            break
        seen.looked_at += 1
        signs += sum(len(text) for text in inputs.values())
        entry = entry_of(ORDER_TYPES[title], inputs, service_id=service_id, category_id=category_id)
        hit = book.first_hit(entry)
        if hit:
            seen.refused += 1
            if len(seen.sighted) < SHOWN_MAX:
                link = inputs.get(ORDER_TYPES[title].link_input, "")
                seen.sighted.append(Sighted(order_id, link, hit.field, hit.piece))
    return seen


def _orders(now: datetime) -> Iterator[Any]:
    since = now - timedelta(days=DAYS)
    lately = Order.objects.filter(
        pk__gte=id_around(Order, since - SLACK), created_at__gte=since, created_at__lte=now
    )
    columns = ("pk", "service_id", "service__category_id", "service__type", "inputs")
    rows = lately.order_by("-pk").values_list(*columns)[: ORDERS_MAX + 1]
    return rows.iterator(chunk_size=READ_AT_ONCE)
