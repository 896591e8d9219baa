"""Builders of money coming in: methods of each sort, and payments through them."""

import itertools
import json
import uuid
from decimal import Decimal
from typing import Any

from orders import payments
from orders.models import Customer, Payment, PaymentMethod
from panel.clock import database_now
from panel.paying import starting
from tests.gateways.worlds import World

PAYER = starting.Payer("ann@example.com", "en", "Weir")
_serial = itertools.count(1)


def method(gateway: str = "demo", **columns: Any) -> PaymentMethod:
    """A way to pay that is offered to everybody, in the panel's currency."""
    columns.setdefault("title", f"Method {next(_serial)}")
    columns.setdefault("currency", "USD")
    columns.setdefault("is_active", True)
    if isinstance(columns.get("credentials"), dict):
        columns["credentials"] = json.dumps(columns["credentials"])
    made = PaymentMethod.objects.create(gateway=gateway, **columns)
    made.refresh_from_db()  # with its amounts as numbers
    return made


def by_hand(**columns: Any) -> PaymentMethod:
    return method("manual", **{"instructions": "IBAN DE02 1203", "title": "Bank"} | columns)


def of_world(world: World, **columns: Any) -> PaymentMethod:
    """A method whose gateway is a local stand-in."""
    return method(world.slug, credentials=world.credentials(), **columns)


def opened(customer: Customer, way: PaymentMethod, amount: str = "25", **terms: Any) -> Payment:
    """A payment as the form opens it: the gateway was not told of it yet."""
    start: dict[str, Any] = {"token": uuid.uuid4(), "currency": "USD", "now": database_now()}
    return payments.open_for(customer, way, Decimal(amount), **start | terms)


def begun(customer: Customer, way: PaymentMethod, amount: str = "25", **terms: Any) -> Payment:
    """A payment that the gateway knows of."""
    payment = opened(customer, way, amount, **terms)
    starting.tell(payment.pk, PAYER)
    payment.refresh_from_db()
    return payment
