"""Stripe as its API reference describes it, as far as the adapter goes, and a bit beyond."""

import hashlib
import hmac
import itertools
import json
import time
from typing import Any

from tests.gateways.standins.server import Reply, Request, StandIn

KEY = "sk_test_canary_0123456789abcdef"
WEBHOOK_SECRET = "whsec_test_canary_0123456789"
ACCOUNT = {"id": "acct_1", "object": "account", "business_profile": {"name": "Weir & Sons"}}
FEE = 59


class StripeStandIn(StandIn):
    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.charges: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        self.refund_status = "succeeded"
        self._idempotent: dict[str, tuple[bytes, Reply]] = {}
        self._numbers = itertools.count(1)

    # What customers, banks and the operator do at Stripe.

    def pay(self, session_id: str, *, amount: int | None = None, currency: str = "") -> None:
        """The customer pays; another amount or currency is what an attacker would wish for."""
        session = self.sessions[session_id]
        charge_id, intent_id = self._id("ch"), self._id("pi")
        paid = session["amount_total"] if amount is None else amount
        money = {"currency": currency or session["currency"]}
        self.charges[charge_id] = {
            "id": charge_id, "object": "charge", "amount": paid, "amount_refunded": 0,
            "disputed": False, "payment_intent": intent_id, **money,
            "balance_transaction": {"id": "txn_1", "object": "balance_transaction", "fee": FEE,
                                    **money},
        }  # fmt: skip
        self.intents[intent_id] = {
            "id": intent_id, "object": "payment_intent", "status": "succeeded", "amount": paid,
            "amount_received": paid, "latest_charge": charge_id, **money,
        }  # fmt: skip
        session.update(status="complete", payment_status="paid", payment_intent=intent_id)

    def pay_later(self, session_id: str, *, status: str) -> None:
        """The checkout is through, the money is not (a bank debit), or came to nothing."""
        intent_id = self._id("pi")
        session = self.sessions[session_id]
        self.intents[intent_id] = {
            "id": intent_id, "object": "payment_intent", "status": status, "latest_charge": None,
            "amount": session["amount_total"], "amount_received": 0,
            "currency": session["currency"],
        }  # fmt: skip
        session.update(status="complete", payment_intent=intent_id)

    def expire(self, session_id: str) -> None:
        self.sessions[session_id].update(status="expired")

    def refund_there(self, session_id: str, amount: int) -> None:
        """The operator refunds in Stripe's dashboard."""
        self._add_refund(self.sessions[session_id]["payment_intent"], amount, {})

    def dispute(self, session_id: str, status: str, *, amount: int | None = None) -> None:
        """About the whole payment, or about ``amount`` of it."""
        charge = self._charge_of(self.sessions[session_id]["payment_intent"])
        charge["disputed"] = True
        self.disputes[charge["id"]] = {
            "id": f"dp_{charge['id']}", "object": "dispute", "status": status,
            "charge": charge["id"], "payment_intent": charge["payment_intent"],
            "amount": charge["amount"] if amount is None else amount,
            "currency": charge["currency"],
        }  # fmt: skip

    # What it sends.

    def event(self, kind: str, thing: dict[str, Any], *, event_id: str = "evt_1") -> bytes:
        document = {
            "id": event_id, "object": "event", "api_version": "2026-10-28.endive",
            "created": int(time.time()), "type": kind, "data": {"object": thing},
        }  # fmt: skip
        return json.dumps(document, indent=2).encode()

    # What it answers.

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _error(401, "invalid_request_error", "Invalid API Key provided: sk_test_****")
        key = request.headers.get("idempotency-key", "")
        if request.method != "POST":
            return self._read(request)
        if key in self._idempotent:
            body, reply = self._idempotent[key]
            return reply if body == request.body else _error(400, "idempotency_error", "Other body")
        reply = self._write(request)
        if reply.status < 500:
            self._idempotent[key] = (request.body, reply)
        return reply

    def _read(self, request: Request) -> Reply:
        match request.path.split("/")[2:]:
            case ["account"]:
                return Reply.of(ACCOUNT)
            case ["checkout", "sessions"]:
                intent = request.query.get("payment_intent", [""])[0]
                found = [one for one in self.sessions.values() if one["payment_intent"] == intent]
                return _listed(found)
            case ["checkout", "sessions", session_id]:
                return self._session(session_id, request.query.get("expand[0]", [""])[0])
            case ["disputes"]:
                return _listed(_of_intent(self.disputes, request))
            case ["refunds"]:
                return _listed(_of_intent(self.refunds, request))
        return _missing(request.path)

    def _write(self, request: Request) -> Reply:
        form = request.form()
        if request.path == "/v1/checkout/sessions":
            return self._open(form)
        intent = self.intents.get(form.get("payment_intent", ""))
        if request.path != "/v1/refunds" or intent is None:
            return _missing(request.path)
        charge, amount = self._charge_of(intent["id"]), int(form["amount"])
        if amount > charge["amount"] - charge["amount_refunded"]:
            told = "Refund amount is greater than unrefunded amount on charge"
            return _error(400, "invalid_request_error", told)
        mark = {"weir_refund": form.get("metadata[weir_refund]", "")}
        return Reply.of(self._add_refund(intent["id"], amount, mark))

    def _open(self, form: dict[str, str]) -> Reply:
        amount = int(form["line_items[0][price_data][unit_amount]"])
        currency = form["line_items[0][price_data][currency]"]
        if not _is_countable(amount, currency):
            return _error(400, "invalid_request_error", f"Invalid amount in {currency}")
        session_id = self._id("cs_test")
        self.sessions[session_id] = {
            "id": session_id, "object": "checkout.session", "status": "open",
            "payment_status": "unpaid", "payment_intent": None, "amount_total": amount,
            "currency": currency, "client_reference_id": form.get("client_reference_id"),
            "url": f"https://checkout.stripe.com/c/pay/{session_id}",
            "expires_at": int(time.time()) + 86_400,
        }  # fmt: skip
        return Reply.of(self.sessions[session_id])

    def _session(self, session_id: str, expand: str) -> Reply:
        if session_id not in self.sessions:
            return _missing(session_id)
        session = dict(self.sessions[session_id])
        intent_id = session["payment_intent"]
        if intent_id and expand.startswith("payment_intent"):
            intent = dict(self.intents[intent_id])
            charge = self.charges.get(intent["latest_charge"] or "")
            session["payment_intent"] = intent | {"latest_charge": charge}
        return Reply.of(session)

    def _add_refund(self, intent_id: str, amount: int, mark: dict[str, str]) -> dict[str, Any]:
        charge, refund_id = self._charge_of(intent_id), self._id("re")
        charge["amount_refunded"] += amount
        self.refunds[refund_id] = {
            "id": refund_id, "object": "refund", "amount": amount, "status": self.refund_status,
            "payment_intent": intent_id, "metadata": mark, "currency": charge["currency"],
        }  # fmt: skip
        return self.refunds[refund_id]

    def _charge_of(self, intent_id: str) -> dict[str, Any]:
        return self.charges[self.intents[intent_id]["latest_charge"]]

    def _id(self, kind: str) -> str:
        return f"{kind}_{next(self._numbers)}"


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, at: float | None = None) -> dict[str, str]:
    """The header that Stripe would send with this body."""
    moment = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={moment},v1={mac},v0={'0' * 64}"}


def _is_countable(amount: int, currency: str) -> bool:
    if currency in ("isk", "ugx"):
        return amount > 0 and amount % 100 == 0
    return amount > 0 and (currency not in ("bhd", "jod", "kwd", "omr", "tnd") or amount % 10 == 0)


def _of_intent(things: dict[str, dict[str, Any]], request: Request) -> list[dict[str, Any]]:
    intent = request.query.get("payment_intent", [""])[0]
    return [thing for thing in things.values() if thing["payment_intent"] == intent]


def _listed(things: list[dict[str, Any]]) -> Reply:
    return Reply.of({"object": "list", "data": things, "has_more": False, "url": "/v1/list"})


def _missing(what: str) -> Reply:
    return _error(404, "invalid_request_error", f"No such object: {what}", code="resource_missing")


def _error(status: int, kind: str, message: str, *, code: str = "") -> Reply:
    return Reply.of({"error": {"type": kind, "message": message, "code": code}}, status)
