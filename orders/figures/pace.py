"""How fast balances at providers are used up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Min, Sum

from orders.lifecycle import Status
from orders.models import Order
from orders.models.moments import SLACK, id_around
from orders.money import ZERO

PACE_OF = timedelta(hours=24)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """What orders at a provider cost lately, in the panel's currency per hour."""

    orders: int
    per_hour: Decimal

    def hours_left(self, balance: Decimal) -> Decimal | None:
        """How long ``balance`` (panel currency) lasts at this pace; None: nothing is used."""
        return max(balance, ZERO) / self.per_hour if self.per_hour > 0 else None


def paces(*, now: datetime) -> dict[int, Pace]:
    """How fast each provider's balance goes down, by provider id, measured over PACE_OF."""
    since = now - PACE_OF
    sent = Order.objects.filter(
        pk__gte=id_around(Order, since - SLACK), created_at__gte=since, provider__isnull=False
    ).exclude(status__in=[Status.PENDING, Status.CANCELED])
    sums = sent.values_list("provider_id").annotate(Count("pk"), Sum("cost"), Min("created_at"))
    return {
        provider_id: Pace(count, cost / max((now - first) // _HOUR, 1))
        for provider_id, count, cost, first in sums.order_by()
        if provider_id is not None
    }
