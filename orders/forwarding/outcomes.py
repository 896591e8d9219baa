"""What travels between sending and recording, and when an order is tried again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from orders.models import Order
from providers.client import Accepted, Refused, Silent, Unreachable

BACKOFF_FIRST_S = 5
BACKOFF_MAX_S = 900

Outcome: TypeAlias = Accepted | Refused | Unreachable | Silent


@dataclass(frozen=True, slots=True)
class Sending:
    """One call under its open attempt. ``opened`` is monotonic, in seconds."""

    attempt_id: int
    order: Order
    request: dict[str, str]
    opened: float


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one call."""

    sending: Sending
    outcome: Outcome


@dataclass(slots=True)
class Tally:
    """What a round did, by name; and whether the provider should be left alone now."""

    counts: dict[str, int] = field(default_factory=dict)
    is_stopped: bool = False
    is_too_fast: bool = False

    def add(self, name: str, number: int = 1) -> None:
        if number:
            self.counts[name] = self.counts.get(name, 0) + number


def retry_at(order: Order, *, now: datetime, after_s: int | None = None) -> datetime:
    """When an order that was not sent is due again: doubling, ±20 % by its number, bounded.

    ``after_s`` is the least time that the provider asked for.
    """
    wait_s = min(BACKOFF_FIRST_S * 2 ** min(order.tries, 10), BACKOFF_MAX_S)
    spread = 0.8 + order.pk % 41 / 100
    return now + timedelta(seconds=max(wait_s * spread, after_s or 0))
