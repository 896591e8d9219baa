"""Refunds of BTCPay Server: pull payments, of which one stands for each key.

There are no idempotency keys in the Greenfield API, so the name of a pull payment is the key. Two
who ask at the same moment may both make one; then both find both, and all but the same one go.
"""

from collections.abc import Mapping
from typing import Any

from panel.gateways.btcpay.client import Client
from panel.gateways.btcpay.reading import Object, paid_with, refund_name
from panel.gateways.protocol import GatewayFailed


def pull_payments(client: Client, store: str) -> list[Object]:
    """All of the store, those that were called off included."""
    return list(client.get("stores", store, "pull-payments", includeArchived="true"))


def refund(
    client: Client, store: str, invoice: Object, key: str, value: Mapping[str, str]
) -> Object:
    """The pull payment of this key, made unless there is one; `value` is amount and currency."""
    name = refund_name(invoice, key)
    known = _named(pull_payments(client, store), name)
    if known:
        return known[0]
    _make(client, store, str(invoice["id"]), {"name": name, **value})
    standing, *others = _named(pull_payments(client, store), name)
    for other in others:
        if not other.get("archived"):
            client.delete("stores", store, "pull-payments", str(other["id"]))
    return standing


def _make(client: Client, store: str, invoice_id: str, asked: dict[str, Any]) -> None:
    invoice = ("stores", store, "invoices", invoice_id)
    method = paid_with(client.get(*invoice, "payment-methods"))
    if not method:
        raise GatewayFailed("Nothing was paid there.", is_refusal=True)
    # What came through an LNURL goes back over Lightning.
    asked |= {"refundVariant": "Custom", "payoutMethodId": method.replace("-LNURL", "-LN")}
    made = client.post(*invoice, "refund", document=asked)
    if made.get("name") != asked["name"]:
        raise GatewayFailed("BTCPay Server's answer is not the refund that was asked for.")


def _named(pulls: list[Object], name: str) -> list[Object]:
    """Those of this name, the one that counts first: the same for everybody who looks."""
    found = [pull for pull in pulls if pull.get("name") == name]
    return sorted(found, key=lambda pull: (bool(pull.get("archived")), str(pull["id"])))
