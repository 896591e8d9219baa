"""Who buys what in a benchmark: customers with keys, services with a source."""

from dataclasses import dataclass
from decimal import Decimal

from orders.models import Customer, Service
from panel.api.keys import REQUESTS_PER_MINUTE_MAX, issue_key
from tests import make

CUSTOMERS = 100
SERVICES = 50
FUNDS = "1000000"


@dataclass(frozen=True, slots=True)
class Shop:
    customers: list[Customer]
    keys: list[str]
    services: list[Service]


def open_shop() -> Shop:
    """Customers who can pay for everything that a benchmark orders, each with a fast key."""
    customers = [make.customer(balance=FUNDS) for _ in range(CUSTOMERS)]
    issued = [
        issue_key(one.pk, name="bench", requests_per_minute=REQUESTS_PER_MINUTE_MAX)
        for one in customers
    ]
    provider = make.provider()
    offers = [make.offer(provider, cost=Decimal("0.5")) for _ in range(SERVICES)]
    category = make.category()
    services = [make.service(rate="0.9", category=category, offers=[offer]) for offer in offers]
    return Shop(customers, [one.text for one in issued], services)
