"""Refunds of BTCPay Server: pull payments, of which one stands for each key.

There are no idempotency keys in the Greenfield API, so the name of a pull payment is the key. Two
who ask at the same moment may both make one; then both find both, and all but the same one go.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from panel.gateways.btcpay.client import Client
from panel.gateways.btcpay.reading import Object, is_refund_of, paid_with, refund_name
from panel.gateways.protocol import GatewayFailed

SLACK_S = 24 * 3_600
OLD_IN_A_ROW = 500


def refunds_of(client: Client, store: str, invoice: Object) -> list[Object]:
    """The pull payments that are refunds of an invoice, those that were called off included."""
    since = invoice.get("createdTime")
    with closing(client.each("stores", store, "pull-payments", includeArchived="true")) as pulls:
        young = made_since(pulls, since if isinstance(since, int) else 0)
        return [pull for pull in young if is_refund_of(invoice, pull)]


def made_since(pulls: Iterable[Object], since: int) -> Iterator[Object]:
    """Those made at ``since`` (seconds since 1970) or later, and those that do not say when.

    The API tells all of a store at once, the newest first as it stands, without a promise. So
    reading ends early, but not before that order has shown: after OLD_IN_A_ROW that were made
    before, none of them later than the one above it.
    """
    in_a_row, above = 0, 0
    for pull in pulls:
        at = pull.get("startsAt")
        if not isinstance(at, int) or at >= since - SLACK_S:
            in_a_row = 0
            yield pull
            continue
        in_a_row = in_a_row + 1 if in_a_row and at <= above else 1
        above = at
        if in_a_row >= OLD_IN_A_ROW:
            return


def refund(
    client: Client, store: str, invoice: Object, key: str, value: Mapping[str, str]
) -> Object:
    """The pull payment of this key, made unless there is one; `value` is amount and currency."""
    name = refund_name(invoice, key)
    known = _named(refunds_of(client, store, invoice), name)
    if known:
        return known[0]
    _make(client, store, str(invoice["id"]), {"name": name, **value})
    standing, *others = _named(refunds_of(client, store, invoice), name)
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
