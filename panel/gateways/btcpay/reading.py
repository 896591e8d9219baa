"""BTCPay Server's invoices in our words (Greenfield API, "Invoices"). No network needed."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from orders.payments.standing import Standing, State
from panel.gateways.amounts import money
from panel.gateways.protocol import GatewayFailed

Object = Mapping[str, Any]


def needs_payments(invoice: Object) -> bool:
    """Whether only the payments tell what arrived: paid late, too little, too much, by decree."""
    return (invoice.get("status"), invoice.get("additionalStatus")) not in {
        ("New", "None"),
        ("Processing", "None"),
        ("Expired", "None"),
        ("Settled", "None"),
    }


def standing_of(
    invoice: Object, methods: Iterable[Object], pull_payments: Iterable[Object], *, step: Decimal
) -> Standing:
    """How an invoice stands; `methods` are its payment methods with their payments."""
    methods = list(methods)
    state, paid = _state(invoice, methods, step)
    return Standing(
        state=state,
        paid=paid,
        currency=str(invoice.get("currency") or "").upper(),
        refunded=_refunded(invoice, methods, pull_payments, step),
        reference=str(invoice.get("id") or ""),
        merchant_reference=token_of(invoice),
    )


def token_of(invoice: Object) -> str:
    """Our token, from an invoice or from an event about one; "" where it holds none."""
    metadata = invoice.get("metadata")
    return str(metadata.get("orderId") or "") if isinstance(metadata, Mapping) else ""


def refund_name(invoice: Object, key: str) -> str:
    """What a refund of ours is called there: all of an invoice begin as the one without a key."""
    return f"Refund {token_of(invoice)}.{key}"


def is_refund_of(invoice: Object, pull: Object) -> bool:
    """Whether a pull payment is a refund of this invoice, by us or on its page there."""
    name = str(pull.get("name") or "")
    return name.startswith(refund_name(invoice, "")) or name == f"Refund {invoice.get('id')}"


def paid_with(methods: Iterable[Object]) -> str:
    """The id of the method by which something settled ("BTC-CHAIN"), or ""."""
    for method in methods:
        if any(payment.get("status") == "Settled" for payment in _payments(method)):
            return str(method.get("paymentMethodId") or "")
    return ""


def _state(invoice: Object, methods: list[Object], step: Decimal) -> tuple[str, Decimal | None]:
    status, why = str(invoice.get("status")), invoice.get("additionalStatus")
    if (status, why) == ("Settled", "None"):
        return State.PAID, money(invoice, of="amount")
    received = _received(methods, step)
    if status == "Settled":
        # Also when it was marked as settled by hand: a person decides about what came.
        return State.PAID, received
    if (status, why) == ("Invalid", "Marked"):
        return State.FAILED, None
    if status in _ENDED:
        if _is_unconfirmed(methods):
            return State.OPEN, None
        # Too little, or too late: it came nevertheless.
        return (State.PAID, received) if received else (_ENDED[status], None)
    return (State.OPEN if status in ("New", "Processing") else status), None


_ENDED = {"Expired": State.EXPIRED, "Invalid": State.FAILED}


def _is_unconfirmed(methods: list[Object]) -> bool:
    return any(one.get("status") == "Processing" for method in methods for one in _payments(method))


def _received(methods: list[Object], step: Decimal) -> Decimal:
    """What settled, in the invoice's currency at the rates it was opened with, rounded down."""
    total = Decimal(0)
    for method in methods:
        settled = [one for one in _payments(method) if one.get("status") == "Settled"]
        for payment in settled:
            value = money(payment, of="value") - money({"fee": "0", **payment}, of="fee")
            total += value * money(method, of="rate")
    return total.quantize(step, rounding=ROUND_DOWN)


def _refunded(
    invoice: Object, methods: list[Object], pull_payments: Iterable[Object], step: Decimal
) -> Decimal:
    """What was promised back, less what was called off."""
    total = Decimal(0)
    for pull in pull_payments:
        if not pull.get("archived") and is_refund_of(invoice, pull):
            total += _in_currency_of(invoice, methods, pull)
    return total.quantize(step, rounding=ROUND_DOWN)


def _in_currency_of(invoice: Object, methods: list[Object], pull: Object) -> Decimal:
    amount, currency = money(pull, of="amount"), pull.get("currency")
    if currency == invoice.get("currency"):
        return amount
    rates = [money(method, of="rate") for method in methods if method.get("currency") == currency]
    if not rates:
        raise GatewayFailed(f"A refund was made in {currency}, of which the invoice has no rate.")
    return amount * rates[0]


def _payments(method: Object) -> list[Object]:
    return list(method.get("payments") or [])
