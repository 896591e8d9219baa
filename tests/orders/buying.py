"""A customer buys, as the tests of placing do it: a valid order, changed where it matters."""

from decimal import Decimal
from typing import Any

from orders import placing
from orders.models import Customer, Service
from orders.placing import Placed
from tests import make

LINK = "https://example.com/page"


def place(
    buyer: Customer,
    service: Service,
    *,
    key: str | None = None,
    shown_rate: Decimal | None = None,
    **raw: Any,
) -> Placed:
    """Place an order of 1000 for LINK, unless ``raw`` says otherwise."""
    inputs = {"link": LINK, "quantity": "1000"} | {name: str(text) for name, text in raw.items()}
    return placing.place_order(
        customer_id=buyer.pk,
        service_id=service.pk,
        raw=inputs,
        now=make.NOW,
        idempotency_key=key,
        shown_rate=shown_rate,
    )


def balance(buyer: Customer) -> Decimal:
    return Customer.objects.get(pk=buyer.pk).balance


def sourced(**columns: Any) -> Service:
    """A service that a provider delivers."""
    return make.service(offers=[make.offer(make.provider())], **columns)
