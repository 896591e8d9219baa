"""An order that is asked for, with what a decision about it needs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orders.order_types import ORDER_TYPES


@dataclass(slots=True)
class Followed:
    """An order at its provider, as the poller knows it."""

    order_id: int
    upstream_id: str
    bucket_id: int
    status: str
    type: str
    quantity: int
    units: int
    rate: Decimal
    metered: Decimal
    start_count: int | None
    remains: int | None
    served: int | None
    misses: int
    created_at: datetime
    closed_at: datetime | None
    watch_days: int

    @property
    def is_package(self) -> bool:
        return ORDER_TYPES[self.type].is_package

    @property
    def is_subscription(self) -> bool:
        return ORDER_TYPES[self.type].is_subscription

    @property
    def is_metered(self) -> bool:
        return self.is_subscription and not self.units
