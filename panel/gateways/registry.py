"""All gateways there are: a new one is its own file, and one row here."""

import json
from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from orders.models import PaymentMethod
from panel.gateways.btcpay import BTCPay
from panel.gateways.demo import Demo
from panel.gateways.manual import Manual
from panel.gateways.paypal import PayPal
from panel.gateways.protocol import Account, Gateway, GatewayFailed
from panel.gateways.stripe import Stripe

GATEWAYS: Mapping[str, type[Gateway]] = {
    gateway.slug: gateway for gateway in (Stripe, PayPal, BTCPay, Manual, Demo)
}


def offered() -> dict[str, type[Gateway]]:
    """Those that a method can be made for here: the demo only in a trial."""
    return {
        slug: gateway
        for slug, gateway in GATEWAYS.items()
        if gateway is not Demo or settings.DEMO_PAYMENTS
    }


def gateway_of(method: PaymentMethod) -> Gateway:
    """The gateway of a method, with its credentials. Raises GatewayFailed (a refusal)."""
    gateway = offered().get(method.gateway)
    if gateway is None:
        told = _("There is no payment gateway “%(name)s” here.") % {"name": method.gateway}
        raise GatewayFailed(told, is_refusal=True)
    return gateway(_account_of(method, gateway))


def _account_of(method: PaymentMethod, gateway: type[Gateway]) -> Account:
    defaults = {field.name: field.default for field in gateway.fields if field.default}
    filled_in = {name: text for name, text in _credentials(method).items() if text}
    return Account(
        credentials=defaults | filled_in,
        currency=method.currency,
        title=method.title,
        instructions=method.instructions,
    )


def _credentials(method: PaymentMethod) -> dict[str, str]:
    try:
        given = json.loads(method.credentials or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise GatewayFailed(_("The credentials cannot be read."), is_refusal=True)
    return {str(name): str(text) for name, text in given.items()}
