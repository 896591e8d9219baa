"""Delivery in time-lapse: what an order looks like is a pure function of the order and the time.

All times are lapsed seconds of the sandbox's own clock.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from providers.sandbox.catalogue import PARTIAL_SHARE

PENDING_S = 60
PROCESSING_S = 60
DELIVERY_S = 600
CANCEL_S = 60
REFILL_PENDING_S = 60
REFILL_S = 600

START_S = PENDING_S + PROCESSING_S


@dataclass(slots=True)
class Order:
    """An accepted order. `units` is what one run delivers, `reply` overrides what is reported."""

    id: int
    key: str
    service: int
    params: dict[str, str]
    units: int
    charge: str
    created: float
    plan: str = "completed"
    runs: int = 1
    interval_s: int = 0
    posts: int | None = None
    is_subscription: bool = False
    cancel_at: float | None = None
    reply: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Refill:
    """A refill of an order, asked for at `created`."""

    id: int
    key: str
    order: int
    created: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is: its state word, units not delivered, and runs or posts done."""

    status: str
    remains: int
    done: int

    @property
    def is_over(self) -> bool:
        return self.status in ("Completed", "Partial", "Canceled", "Expired")


def progress(order: Order, at: float) -> Progress:
    """The state of the order at `at`."""
    if order.is_subscription:
        return _subscription(order, at)
    total = order.units * order.runs
    stop = at if order.cancel_at is None else min(at, order.cancel_at)
    delivered, runs = _delivered(order, stop - order.created)
    if order.plan == "partial":
        delivered = min(delivered, _partial_target(total))
    return Progress(_status(order, at, total, delivered), total - delivered, runs)


def refill_status(refill: Refill, at: float) -> str:
    age = at - refill.created
    if age < REFILL_PENDING_S:
        return "Pending"
    return "In progress" if age < REFILL_S else "Completed"


def charge_now(order: Order, seen: Progress) -> Decimal:
    """What the provider keeps: the charge without the share that was not delivered."""
    charge, total = Decimal(order.charge), order.units * order.runs
    if seen.status == "Canceled":
        return Decimal(0)
    return charge * (total - seen.remains) / total if seen.status == "Partial" else charge


def start_count(order: Order) -> int:
    return 100 + order.id * 7919 % 50_000


def _delivered(order: Order, age: float) -> tuple[int, int]:
    if order.plan == "canceled":
        return 0, 0
    shares = [
        min(max((age - START_S - run * order.interval_s) / DELIVERY_S, 0.0), 1.0)
        for run in range(order.runs)
    ]
    return sum(int(order.units * share) for share in shares), sum(share >= 1 for share in shares)


def _partial_target(total: int) -> int:
    return int(total * PARTIAL_SHARE)


def _status(order: Order, at: float, total: int, delivered: int) -> str:
    age = at - order.created
    if delivered == total:
        return "Completed"
    if order.cancel_at is not None and at >= order.cancel_at + CANCEL_S:
        return "Partial" if delivered else "Canceled"
    if order.plan == "canceled" and age >= START_S + CANCEL_S:
        return "Canceled"
    # A package of one unit delivers nothing of it: it ends as partial all the same.
    if order.plan == "partial" and age >= START_S and delivered == _partial_target(total):
        return "Partial"
    if age < PENDING_S:
        return "Pending"
    return "Processing" if age < START_S else "In progress"


def _subscription(order: Order, at: float) -> Progress:
    stop = at if order.cancel_at is None else min(at, order.cancel_at)
    served = max(0, int((stop - order.created - START_S) // DELIVERY_S) + 1)
    if order.posts is not None:
        served = min(served, order.posts)
    if served == order.posts:
        return Progress("Completed", 0, served)
    if order.cancel_at is not None and at >= order.cancel_at + CANCEL_S:
        return Progress("Canceled", 0, served)
    return Progress("Active", 0, served)
