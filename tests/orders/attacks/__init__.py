"""Every way to break the book that we know, each with the guard that must refuse it."""

from tests.orders.attacks import (
    balances,
    chain,
    entries,
    following,
    gifts,
    orders,
    papers,
    payments,
)
from tests.orders.attacks.listing import ATTACKS, Attack

__all__ = [
    "ATTACKS",
    "Attack",
    "balances",
    "chain",
    "entries",
    "following",
    "gifts",
    "orders",
    "papers",
    "payments",
]
