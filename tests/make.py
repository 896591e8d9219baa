"""Builders: each makes a real row with everything it needs; name only what matters to the test."""

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from orders import payments, placing
from orders.models import Category, Customer, Order, Service, Source
from panel.models import User
from providers.models import Offer, Provider

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_serial = itertools.count(1)


def customer(*, balance: str = "100", **columns: Any) -> Customer:
    """A customer who paid ``balance`` in."""
    made = Customer.objects.create(name=f"Customer {next(_serial)}", **columns)
    if Decimal(balance):
        top_up(made, balance)
    made.refresh_from_db()
    return made


def top_up(customer: Customer, amount: str) -> None:
    """Money that arrived through a gateway."""
    payment = payments.open_payment(
        customer,
        gateway="test",
        reference=f"reference-{next(_serial)}",
        amount=Decimal(amount),
        currency="USD",
    )
    payments.settle(payment.pk, amount=Decimal(amount), currency="USD", now=NOW)


def user(*, customer: Customer | None = None, **columns: Any) -> User:
    """Someone who can log in with the password ``a long password``."""
    email = columns.pop("email", f"user{next(_serial)}@example.com")
    return User.objects.create_user(email, "a long password", customer=customer, **columns)


def provider(**columns: Any) -> Provider:
    """A provider that nobody answers for; give ``url`` and ``api_key`` of a sandbox to trade."""
    columns.setdefault("name", f"Provider {next(_serial)}")
    columns.setdefault("url", "http://127.0.0.1:1/api/v2")
    columns.setdefault("api_key", "secret-key")
    columns.setdefault("allow_private_address", True)
    return Provider.objects.create(**columns)


def offer(provider: Provider, **columns: Any) -> Offer:
    """A service as ``provider`` lists it."""
    columns.setdefault("upstream_id", str(next(_serial)))
    columns.setdefault("name", "Visits")
    columns.setdefault("category", "Traffic")
    columns.setdefault("type", "Default")
    columns.setdefault("cost", Decimal("0.5"))
    columns.setdefault("min", 10)
    columns.setdefault("max", 100_000)
    return Offer.objects.create(provider=provider, **columns)


def category(**columns: Any) -> Category:
    columns.setdefault("name", f"Category {next(_serial)}")
    return Category.objects.create(**columns)


def service(
    *, rate: str = "1.2", type: str = "Default", offers: list[Offer] | None = None, **columns: Any
) -> Service:
    """A service for sale; ``offers`` are its sources by rank, none makes it a manual one."""
    columns.setdefault("listed_name", f"Service {next(_serial)}")
    columns.setdefault("listed_min", 10)
    columns.setdefault("listed_max", 100_000)
    columns.setdefault("is_active", True)
    columns.setdefault("category", None)
    columns["category"] = columns["category"] or category()
    made = Service.objects.create(type=type, listed_rate=Decimal(rate), **columns)
    for rank, its_offer in enumerate(offers or [], start=1):
        Source.objects.create(service=made, offer=its_offer, rank=rank)
    made.refresh_from_db()
    return made


def placed(
    *,
    customer: Customer | None = None,
    service: Service | None = None,
    now: datetime = NOW,
    **raw: Any,
) -> Order:
    """An order as a customer places it; ``raw`` holds inputs, by default 1000 for a fresh link."""
    raw.setdefault("link", f"https://example.com/{next(_serial)}")
    raw.setdefault("quantity", "1000")
    buyer = customer or globals()["customer"]()
    done = placing.place_order(
        customer_id=buyer.pk,
        service_id=(service or globals()["service"]()).pk,
        raw={name: str(value) for name, value in raw.items()},
        now=now,
    )
    return Order.objects.get(pk=done.order_id)
