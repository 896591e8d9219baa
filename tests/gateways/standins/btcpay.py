"""BTCPay Server's Greenfield API as documented: invoices, payments, refunds as pull payments."""

import hashlib
import hmac
import itertools
import json
import time
from decimal import ROUND_UP, Decimal
from typing import Any

from tests.gateways.standins.server import Reply, Request, StandIn

API_KEY = "7ad1b0c2canary5f9e7c3d"
STORE = "9CiNzKoANXxmk5ayZngSXrHTiVvvgCrwrpFQd4m2K776"
WEBHOOK_SECRET = "canary-3QVbKkx9mZ"
RATE = Decimal("64392.23")
SATOSHI = Decimal("0.00000001")
PERMISSIONS = (
    "btcpay.store.canviewinvoices", "btcpay.store.cancreateinvoice",
    "btcpay.store.cancreatepullpayments", "btcpay.store.canmanagepullpayments",
)  # fmt: skip


class BTCPayStandIn(StandIn):
    def __init__(self) -> None:
        super().__init__()
        self.invoices: dict[str, dict[str, Any]] = {}
        self.payments: dict[str, list[dict[str, str]]] = {}
        self.pull_payments: list[dict[str, Any]] = []
        self.lists_newest_first = False
        self.permissions = [f"{name}:{STORE}" for name in PERMISSIONS]
        self._numbers = itertools.count(1)

    # What customers and the operator do there.

    def pay(self, invoice_id: str, *, share: str = "1", status: str = "Settled") -> None:
        """Pay a share of what is due; with status Processing nothing is confirmed yet."""
        invoice = self.invoices[invoice_id]
        due = self.due(invoice_id) * Decimal(share)
        value = f"{due.quantize(SATOSHI, rounding=ROUND_UP):f}"
        self.payments[invoice_id].append({"id": "tx", "value": value, "fee": "0", "status": status})
        invoice["status"], invoice["additionalStatus"] = self._verdict(invoice, Decimal(share))

    def expire(self, invoice_id: str) -> None:
        is_partial = bool(self.payments[invoice_id])
        why = "PaidPartial" if is_partial else "None"
        self.invoices[invoice_id].update(status="Expired", additionalStatus=why)

    def mark(self, invoice_id: str, status: str) -> None:
        self.invoices[invoice_id].update(status=status, additionalStatus="Marked")

    def invalidate(self, invoice_id: str) -> None:
        self.payments[invoice_id][0]["status"] = "Invalid"
        self.invoices[invoice_id].update(status="Invalid", additionalStatus="None")

    def refund_there(self, invoice_id: str, amount: str, currency: str) -> None:
        self._pull(f"Refund {invoice_id}", amount, currency)

    def refund_others(self, number: int, *, last_at: int) -> None:
        """As many refunds of other invoices, ten seconds one after the other."""
        for at in range(last_at - 10 * number + 10, last_at + 1, 10):
            self._pull(f"Refund OTHER{at}", "1.00", "EUR")["startsAt"] = at

    def due(self, invoice_id: str) -> Decimal:
        """In bitcoin, rounded up to a satoshi, as the checkout shows it."""
        amount = Decimal(self.invoices[invoice_id]["amount"])
        return (amount / RATE).quantize(SATOSHI, rounding=ROUND_UP)

    # What it sends.

    def event(self, kind: str, invoice_id: str, *, store: str = STORE, repeats: str = "") -> bytes:
        document = {
            "deliveryId": f"D{next(self._numbers)}", "webhookId": "W1",
            "originalDeliveryId": repeats or "D-first", "isRedelivery": bool(repeats),
            "type": kind, "timestamp": int(time.time()), "storeId": store,
            "invoiceId": invoice_id,
            "metadata": self.invoices.get(invoice_id, {}).get("metadata", {}),
        }  # fmt: skip
        return json.dumps(document).encode()

    # What it answers.

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"token {API_KEY}":
            return Reply.of({"code": "unauthenticated", "message": "Unauthenticated"}, 401)
        match [request.method, *request.path.split("/")[3:]]:
            case ["GET", "api-keys", "current"]:
                return Reply.of({"permissions": self.permissions})
            case ["GET", "stores", store]:
                return self._found({"name": "Coin shop"} if store == STORE else None)
            case ["POST", "stores", store, "invoices"] if store == STORE:
                return self._create(request.document())
            case ["GET", "stores", store, "invoices"] if store == STORE:
                return self._listed(request.query.get("orderId", []))
            case [_, "stores", store, "pull-payments", *rest] if store == STORE:
                return self._of_pull_payments(rest)
            case [method, "stores", store, "invoices", invoice_id, *rest]:
                return self._of_invoice(method, invoice_id, rest, request)
        return self._found(None)

    def _create(self, asked: dict[str, Any]) -> Reply:
        invoice_id = f"INV{next(self._numbers):04d}"
        self.invoices[invoice_id] = {
            "id": invoice_id, "storeId": STORE, "amount": asked["amount"],
            "currency": asked["currency"], "type": "Standard", "status": "New",
            "additionalStatus": "None", "archived": False, "metadata": asked["metadata"],
            "checkoutLink": f"https://btcpay.example/i/{invoice_id}",
            "createdTime": int(time.time()), "expirationTime": int(time.time()) + 900,
        }  # fmt: skip
        self.payments[invoice_id] = []
        return Reply.of(self.invoices[invoice_id])

    def _listed(self, order_ids: list[str]) -> Reply:
        found = [one for one in self.invoices.values() if one["metadata"]["orderId"] in order_ids]
        return Reply.of(self._in_any_order(found))

    def _in_any_order(self, things: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Nothing is said about the order of lists, so it is another one each time, unless it
        is told to do as the server does today."""
        if self.lists_newest_first:
            return sorted(things, key=lambda thing: -thing["startsAt"])
        at = len(self.requests) % max(len(things), 1)
        return things[at:] + things[:at]

    def _of_invoice(self, method: str, invoice_id: str, rest: list[str], request: Request) -> Reply:
        if invoice_id not in self.invoices:
            return self._found(None)
        if method == "POST" and rest == ["refund"]:
            return self._refund(request.document())
        if rest == ["payment-methods"]:
            lightning = {"paymentMethodId": "BTC-LN", "currency": "BTC", "rate": f"{RATE}"}
            chain = {"paymentMethodId": "BTC-CHAIN", "currency": "BTC", "rate": f"{RATE}"}
            paid = {"payments": self.payments[invoice_id]}
            return Reply.of([lightning | {"payments": []}, chain | paid])
        return Reply.of(self.invoices[invoice_id])

    def _of_pull_payments(self, rest: list[str]) -> Reply:
        for pull in self.pull_payments:
            pull["archived"] |= pull["id"] in rest
        return Reply(200, b"") if rest else Reply.of(self._in_any_order(self.pull_payments))

    def _refund(self, asked: dict[str, Any]) -> Reply:
        if asked["refundVariant"] != "Custom" or asked["payoutMethodId"] != "BTC-CHAIN":
            return Reply.of([{"path": "payoutMethodId", "message": "Not available"}], 422)
        pull = self._pull(asked["name"], asked["customAmount"], asked["customCurrency"])
        return Reply.of(pull)

    def _pull(self, name: str, amount: str, currency: str) -> dict[str, Any]:
        pull_id = f"PP{next(self._numbers):04d}"
        pull = {
            "id": pull_id, "name": name, "amount": amount, "currency": currency,
            "startsAt": int(time.time()), "expiresAt": None,
            "archived": False, "viewLink": f"https://btcpay.example/pull/{pull_id}",
        }  # fmt: skip
        self.pull_payments.append(pull)
        return pull

    def _verdict(self, invoice: dict[str, Any], share: Decimal) -> tuple[str, str]:
        payments = self.payments[invoice["id"]]
        if invoice["status"] == "Expired":
            return "Expired", "PaidLate" if share >= 1 else "PaidPartial"
        if share < 1:
            return "New", "PaidPartial"
        if any(payment["status"] == "Processing" for payment in payments):
            return "Processing", "None"
        return "Settled", "PaidOver" if share > 1 else "None"

    def _found(self, thing: dict[str, Any] | None) -> Reply:
        return Reply.of(thing) if thing else Reply.of({"code": "invoice-not-found"}, 404)


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    """The header that BTCPay Server would send with this body."""
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"BTCPay-Sig": f"sha256={mac}"}
