"""Each gateway with all that is around it: customers who pay, banks, the operator's dashboard.

Every world can do the same things in its own way, so one test can be asked of every adapter.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from panel.gateways.protocol import Account, Created, Gateway, Intent
from panel.gateways.registry import GATEWAYS
from panel.models import DemoPayment
from tests.gateways.standins import btcpay, paypal, stripe
from tests.gateways.standins.btcpay import BTCPayStandIn
from tests.gateways.standins.paypal import PayPalStandIn
from tests.gateways.standins.server import StandIn
from tests.gateways.standins.stripe import StripeStandIn

AMOUNT = Decimal("25.50")


def intent(**changes: Any) -> Intent:
    """A customer who wants to pay 25.50 EUR."""
    terms: dict[str, Any] = {
        "token": str(uuid.uuid4()),
        "amount": AMOUNT,
        "currency": "EUR",
        "description": "25.50 EUR for your balance at Weir",
        "return_url": "https://panel.example/dashboard/funds/t/",
        "cancel_url": "https://panel.example/dashboard/funds/t/cancel/",
        "webhook_url": "https://panel.example/pay/1/webhook",
    }
    return Intent(**terms | changes)


class World:
    """What the contract tests need of each gateway. `standin` is None where nobody is called."""

    slug = ""
    secrets: tuple[str, ...] = ()
    standin: StandIn | None = None
    opening = ("", "")
    """Method and path of the call that opens a payment there."""

    def gateway(self, **changes: str) -> Gateway:
        return GATEWAYS[self.slug](Account(self.credentials() | changes, currency="EUR"))

    def credentials(self) -> dict[str, str]:
        return {}

    def pay(self, created: Created) -> None:
        raise NotImplementedError

    def message(self, created: Created) -> tuple[bytes, dict[str, str]]:
        """A genuine message about this payment, with its headers."""
        raise NotImplementedError

    def foreign(self, body: bytes) -> dict[str, str]:
        """The headers of the same body, signed for somebody else's method."""
        raise NotImplementedError


class StripeWorld(World):
    slug = "stripe"
    secrets = (stripe.KEY, stripe.WEBHOOK_SECRET)
    opening = ("POST", "/v1/checkout/sessions")

    def __init__(self) -> None:
        self.standin: StripeStandIn = StripeStandIn()

    def credentials(self) -> dict[str, str]:
        keys = {"secret_key": stripe.KEY, "webhook_secret": stripe.WEBHOOK_SECRET}
        return keys | {"api_base": self.standin.url}

    def pay(self, created: Created) -> None:
        self.standin.pay(created.reference)

    def message(self, created: Created) -> tuple[bytes, dict[str, str]]:
        session = self.standin.sessions[created.reference]
        body = self.standin.event("checkout.session.completed", session)
        return body, stripe.signed(body)

    def foreign(self, body: bytes) -> dict[str, str]:
        return stripe.signed(body, secret="whsec_of_another_method")


class PayPalWorld(World):
    slug = "paypal"
    secrets = (paypal.SECRET,)
    opening = ("POST", "/v2/checkout/orders")

    def __init__(self) -> None:
        self.standin: PayPalStandIn = PayPalStandIn()

    def credentials(self) -> dict[str, str]:
        keys = {"client_id": paypal.CLIENT_ID, "secret": paypal.SECRET}
        return keys | {"webhook_id": paypal.WEBHOOK_ID, "api_base": self.standin.url}

    def pay(self, created: Created) -> None:
        self.standin.approve(created.reference)

    def message(self, created: Created) -> tuple[bytes, dict[str, str]]:
        order = self.standin.orders[created.reference]
        body = self.standin.event("CHECKOUT.ORDER.APPROVED", "checkout-order", order)
        return body, paypal.signed(body)

    def foreign(self, body: bytes) -> dict[str, str]:
        return paypal.signed(body, webhook_id="8PT597110X687430L")


class BTCPayWorld(World):
    slug = "btcpay"
    secrets = (btcpay.API_KEY, btcpay.WEBHOOK_SECRET)
    opening = ("POST", "/invoices")

    def __init__(self) -> None:
        self.standin: BTCPayStandIn = BTCPayStandIn()

    def credentials(self) -> dict[str, str]:
        keys = {"api_key": btcpay.API_KEY, "webhook_secret": btcpay.WEBHOOK_SECRET}
        place = {"server_url": self.standin.url, "store_id": btcpay.STORE, "network": "private"}
        return keys | place

    def pay(self, created: Created) -> None:
        self.standin.pay(created.reference)

    def message(self, created: Created) -> tuple[bytes, dict[str, str]]:
        body = self.standin.event("InvoiceSettled", created.reference)
        return body, btcpay.signed(body)

    def foreign(self, body: bytes) -> dict[str, str]:
        return btcpay.signed(body, secret="of another method")


class DemoWorld(World):
    slug = "demo"

    def pay(self, created: Created) -> None:
        payment = DemoPayment.objects.get(token=created.reference.removeprefix("demo-"))
        payment.state, payment.paid = DemoPayment.State.PAID, payment.amount
        payment.save()

    def message(self, created: Created) -> tuple[bytes, dict[str, str]]:
        return b'{"id": "1"}', {"Demo-Signature": "1"}

    def foreign(self, body: bytes) -> dict[str, str]:
        return {"Demo-Signature": "2"}


class ManualWorld(DemoWorld):
    slug = "manual"

    def gateway(self, **changes: str) -> Gateway:
        told = "Please transfer to DE02 1203 0000 0000 2020 51."
        return GATEWAYS["manual"](Account({}, currency="EUR", instructions=told))

    def pay(self, created: Created) -> None:
        """At a bank that we cannot ask."""


WORLDS: dict[str, type[World]] = {
    one.slug: one for one in (StripeWorld, PayPalWorld, BTCPayWorld, DemoWorld, ManualWorld)
}
CALLED = ("stripe", "paypal", "btcpay")
"""Those with a server of their own, which is called and calls us."""


@contextmanager
def opened(slug: str) -> Iterator[World]:
    world = WORLDS[slug]()
    try:
        yield world
    finally:
        if world.standin is not None:
            world.standin.close()
