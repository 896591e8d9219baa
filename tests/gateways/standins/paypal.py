"""PayPal's REST API as documented: Orders v2, Payments v2, Disputes, and its webhooks."""

import base64
import hashlib
import hmac
import itertools
import json
import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.gateways.standins.server import Reply, Request, StandIn

CLIENT_ID = "AeA1QIZXiflr1_-canary"
SECRET = "ECYYrrSHdKfk_Q0EdvzdGkzj58a66_canary"
WEBHOOK_ID = "4JH86294D6297924G"
SIGNING_SECRET = b"what only PayPal knows"
FEE = "0.89"
WHOLE_CURRENCIES = ("HUF", "JPY", "TWD")
LISTED_OF_DISPUTE = ("dispute_id", "create_time", "status", "dispute_amount")
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


class PayPalStandIn(StandIn):
    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        self.capture_status = "COMPLETED"
        self.refund_status = "COMPLETED"
        self.may_see_disputes = True
        self.declines_next_capture = False
        self._tokens: set[str] = set()
        self._idempotent: dict[str, Reply] = {}
        self._numbers = itertools.count(1)

    # What customers, banks and the operator do at PayPal.

    def approve(self, order_id: str) -> None:
        self.orders[order_id].update(status="APPROVED", update_time=f"T{next(self._numbers)}")

    def tamper(self, order_id: str, value: str, currency: str) -> None:
        """What would be collected differs from what was asked."""
        amount = {"value": value, "currency_code": currency}
        self._unit(order_id)["amount"] = amount

    def refund_there(self, order_id: str, value: str, *, custom_id: str = "") -> dict[str, Any]:
        capture = self._capture(order_id)
        refund = {
            "id": self._id("REF"), "status": self.refund_status,
            "amount": {"value": value, "currency_code": capture["amount"]["currency_code"]},
            "custom_id": custom_id or capture["custom_id"], "create_time": self._moment(),
            "links": [{"rel": "up", "href": f"{self.url}/v2/payments/captures/{capture['id']}"}],
        }  # fmt: skip
        self._unit(order_id)["payments"].setdefault("refunds", []).append(refund)
        is_all = self._refunded(order_id) >= Decimal(capture["amount"]["value"])
        capture["status"] = "REFUNDED" if is_all else "PARTIALLY_REFUNDED"
        return refund

    def reverse(self, order_id: str) -> None:
        """PayPal takes the money back by itself: no refund is listed."""
        self._capture(order_id)["status"] = "REFUNDED"

    def dispute(
        self, order_id: str, status: str, outcome: str = "", *, amount: str = "", cost: str = ""
    ) -> None:
        """About the whole payment, or about ``amount`` of it; ``cost`` is what it ended with."""
        capture = self._capture(order_id)
        capture_id, currency = capture["id"], capture["amount"]["currency_code"]
        known = self.disputes.get(f"PP-D-{capture_id}", {"create_time": self._moment()})
        about = {"currency_code": currency, "value": amount or capture["amount"]["value"]}
        refunded = {"amount_refunded": {"currency_code": currency, "value": cost}} if cost else {}
        self.disputes[f"PP-D-{capture_id}"] = {
            "dispute_id": f"PP-D-{capture_id}", "status": status, "dispute_amount": about,
            "create_time": known["create_time"],
            "disputed_transactions": [{"seller_transaction_id": capture_id}],
            "dispute_outcome": {"outcome_code": outcome, **refunded},
        }  # fmt: skip

    def expire_tokens(self) -> None:
        self._tokens.clear()

    # What it sends.

    def event(self, kind: str, resource_type: str, resource: dict[str, Any]) -> bytes:
        document = {
            "id": "WH-1", "event_version": "1.0", "resource_type": resource_type,
            "event_type": kind, "summary": "Two  blanks, which are signed like that.",
            "resource": resource,
        }  # fmt: skip
        return json.dumps(document).encode()

    # What it answers.

    def answer(self, request: Request) -> Reply:
        if request.path == "/v1/oauth2/token":
            return self._token(request)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer not in self._tokens:
            return Reply.of({"error": "invalid_token"}, 401)
        key = request.headers.get("paypal-request-id", "")
        if request.method != "POST" or not key:
            return self._route(request)
        if key not in self._idempotent:
            reply = self._route(request)
            if reply.status >= 500:
                return reply
            self._idempotent[key] = reply
        return self._idempotent[key]

    def _token(self, request: Request) -> Reply:
        pair = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return Reply.of({"error": "invalid_client"}, 401)
        token = self._id("A21AA")
        self._tokens.add(token)
        return Reply.of({"access_token": token, "token_type": "Bearer", "expires_in": 32_400})

    def _route(self, request: Request) -> Reply:
        kind, *path = request.path.split("/")[2:]
        routes = {
            "checkout": self._of_order,
            "payments": self._of_capture,
            "customer": self._of_dispute,
            "notifications": self._of_webhook,
        }
        return routes[kind](request, path)

    def _of_order(self, request: Request, path: list[str]) -> Reply:
        match [request.method, *path]:
            case ["POST", "orders"]:
                return self._create(request)
            case ["POST", "orders", order_id, "capture"]:
                return self._collect(order_id)
            case ["GET", "orders", order_id]:
                return _found(self.orders.get(order_id))
        return _found(None)

    def _of_capture(self, request: Request, path: list[str]) -> Reply:
        match [request.method, *path]:
            case ["GET", "captures", capture_id]:
                return _found(self._captures().get(capture_id, ("", None))[1])
            case ["POST", "captures", capture_id, "refund"]:
                return self._refund(capture_id, request)
        return _found(None)

    def _of_webhook(self, request: Request, path: list[str]) -> Reply:
        if path == ["verify-webhook-signature"]:
            return self._verify(request.body)
        is_ours = path == ["webhooks", WEBHOOK_ID]
        return _found({"url": "https://panel.example/pay/1"} if is_ours else None)

    def _create(self, request: Request) -> Reply:
        asked = request.document()
        unit = asked["purchase_units"][0]
        value, currency = unit["amount"]["value"], unit["amount"]["currency_code"]
        if currency in WHOLE_CURRENCIES and "." in value:
            return _problem(422, "DECIMALS_NOT_SUPPORTED")
        order_id = self._id("5O19")
        address = f"https://www.paypal.com/checkoutnow?token={order_id}"
        self.orders[order_id] = {
            "id": order_id, "status": "PAYER_ACTION_REQUIRED", "intent": asked["intent"],
            "purchase_units": [{"reference_id": "default", **unit}],
            "links": [{"rel": "self", "href": self.url}, {"rel": "payer-action", "href": address}],
        }  # fmt: skip
        return Reply.of(self.orders[order_id], 201)

    def _collect(self, order_id: str) -> Reply:
        order = self.orders.get(order_id)
        if order is None or order["status"] != "APPROVED":
            return _problem(422, "ORDER_ALREADY_CAPTURED" if order else "RESOURCE_NOT_FOUND")
        if self.declines_next_capture:
            self.declines_next_capture = False
            order.update(status="PAYER_ACTION_REQUIRED")
            return _problem(422, "INSTRUMENT_DECLINED")
        unit = self._unit(order_id)
        capture = {
            "id": self._id("CAP"), "status": self.capture_status, "amount": unit["amount"],
            "custom_id": unit["custom_id"],
            "supplementary_data": {"related_ids": {"order_id": order_id}},
            "seller_receivable_breakdown": {
                "paypal_fee": {"value": FEE, "currency_code": unit["amount"]["currency_code"]}
            },
        }  # fmt: skip
        unit["payments"] = {"captures": [capture]}
        order.update(status="COMPLETED")
        return Reply.of(order, 201)

    def _refund(self, capture_id: str, request: Request) -> Reply:
        order_id, capture = self._captures().get(capture_id, ("", None))
        if capture is None:
            return _problem(404, "RESOURCE_NOT_FOUND")
        asked = request.document()
        left = Decimal(capture["amount"]["value"]) - self._refunded(order_id)
        if Decimal(asked["amount"]["value"]) > left:
            return _problem(422, "REFUND_AMOUNT_EXCEEDED")
        value, custom_id = asked["amount"]["value"], asked["custom_id"]
        return Reply.of(self.refund_there(order_id, value, custom_id=custom_id), 201)

    def _of_dispute(self, request: Request, path: list[str]) -> Reply:
        if not self.may_see_disputes:
            return _problem(403, "NOT_AUTHORIZED")
        if len(path) > 1:
            return _found(self.disputes.get(path[1]))
        wanted = request.query.get("disputed_transaction_id", [""])[0]
        found = [
            {name: one[name] for name in LISTED_OF_DISPUTE}
            for one in self.disputes.values()
            if one["disputed_transactions"][0]["seller_transaction_id"] == wanted
        ]
        return Reply.of({"items": found})

    def _verify(self, body: bytes) -> Reply:
        """As PayPal: over the bytes of webhook_event, exactly as they stand in the question."""
        asked = json.loads(body)
        event = body.split(b'"webhook_event": ', 1)[1].removesuffix(b"}")
        expected = _signature(
            event, asked["transmission_id"], asked["transmission_time"], asked["webhook_id"]
        )
        is_genuine = hmac.compare_digest(expected, asked["transmission_sig"])
        return Reply.of({"verification_status": "SUCCESS" if is_genuine else "FAILURE"})

    def _unit(self, order_id: str) -> dict[str, Any]:
        return self.orders[order_id]["purchase_units"][0]

    def _capture(self, order_id: str) -> dict[str, Any]:
        return self._unit(order_id)["payments"]["captures"][0]

    def _captures(self) -> dict[str, tuple[str, dict[str, Any]]]:
        paid = [one for one in self.orders if "payments" in self._unit(one)]
        return {self._capture(one)["id"]: (one, self._capture(one)) for one in paid}

    def _refunded(self, order_id: str) -> Decimal:
        refunds = self._unit(order_id)["payments"].get("refunds", [])
        return sum((Decimal(one["amount"]["value"]) for one in refunds), Decimal(0))

    def _moment(self) -> str:
        """Each a minute after the one before, as PayPal writes them."""
        moment = BEGAN + timedelta(minutes=next(self._numbers))
        return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._numbers):06d}"


def signed(
    body: bytes, *, webhook_id: str = WEBHOOK_ID, at: datetime | None = None
) -> dict[str, str]:
    """The headers that PayPal would send with this body."""
    moment = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "Paypal-Auth-Algo": "SHA256withRSA",
        "Paypal-Cert-Url": "https://api.paypal.com/v1/notifications/certs/CERT-1",
        "Paypal-Transmission-Id": "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
        "Paypal-Transmission-Sig": _signature(
            body, "69cd13f0-d67a-11e5-baa3-778b53f4ae55", moment, webhook_id
        ),
        "Paypal-Transmission-Time": moment,
    }


def _signature(body: bytes, transmission_id: str, moment: str, webhook_id: str) -> str:
    # PayPal signs with RSA; who may sign is all that matters here, so a secret does.
    message = f"{transmission_id}|{moment}|{webhook_id}|{zlib.crc32(body)}".encode()
    return base64.b64encode(hmac.new(SIGNING_SECRET, message, hashlib.sha256).digest()).decode()


def _found(thing: dict[str, Any] | None) -> Reply:
    return Reply.of(thing) if thing else _problem(404, "RESOURCE_NOT_FOUND")


def _problem(status: int, issue: str) -> Reply:
    document = {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": issue}], "debug_id": "1"}
    return Reply.of(document, status)
