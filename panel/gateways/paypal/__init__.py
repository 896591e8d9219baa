"""PayPal: the customer approves on PayPal's page, then we collect ("Orders v2")."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.payments.standing import Standing
from panel.gateways import signing
from panel.gateways.amounts import require_step, written
from panel.gateways.calling import Line, understood, web_address
from panel.gateways.paypal.client import Client
from panel.gateways.paypal.disputing import RESOLVED
from panel.gateways.paypal.genuine import require_genuine
from panel.gateways.paypal.noticing import Subject, subject_of
from panel.gateways.paypal.reading import (
    REFUND_MARK,
    Object,
    captures_of,
    link,
    refunds_of,
    standing_of,
    unit_of,
)
from panel.gateways.protocol import (
    Account,
    Created,
    CredentialField,
    GatewayFailed,
    Intent,
    Notice,
    RefundOutcome,
    RefundState,
)

API_BASES = {"live": "https://api-m.paypal.com", "sandbox": "https://api-m.sandbox.paypal.com"}
# "Currency codes": these take no decimals here.
WHOLE_CURRENCIES = frozenset({"HUF", "JPY", "TWD"})
DESCRIPTION_MAX = 127
DISPUTES_MAX = 20

ORDERS = ("v2", "checkout", "orders")
CAPTURES = ("v2", "payments", "captures")
DISPUTES = ("v1", "customer", "disputes")
WEBHOOKS = ("v1", "notifications", "webhooks")
REFUND_STATES = {
    "COMPLETED": RefundState.DONE,
    "CANCELLED": RefundState.REFUSED,
    "FAILED": RefundState.REFUSED,
}


class PayPal:
    slug: ClassVar[str] = "paypal"
    title: ClassVar[str | Promise] = "PayPal"
    fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "mode",
            gettext_lazy("Account"),
            default="live",
            choices=(("live", gettext_lazy("Live")), ("sandbox", gettext_lazy("Sandbox"))),
        ),
        CredentialField(
            "client_id",
            gettext_lazy("Client ID"),
            help=gettext_lazy("Apps & Credentials. The app needs the feature “Disputes”."),
        ),
        CredentialField("secret", gettext_lazy("Secret"), is_secret=True),
        CredentialField(
            "webhook_id",
            gettext_lazy("Webhook ID"),
            help=gettext_lazy(
                "Shown after the address below was added to the app, for all events."
            ),
        ),
    )
    is_hosted: ClassVar[bool] = True
    has_webhook: ClassVar[bool] = True
    is_confirmed_by_staff: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        given = account.credentials
        client_id, secret = given.get("client_id", "").strip(), given.get("secret", "").strip()
        base = given.get("api_base", "").rstrip("/")
        self._webhook_id = given.get("webhook_id", "").strip()
        self._client = Client(
            Line(
                base or API_BASES.get(given.get("mode", ""), API_BASES["live"]),
                secrets=(secret,),
                may_be_private=bool(base),
            ),
            client_id,
            secret,
        )

    def step(self, currency: str) -> Decimal:
        return Decimal(1) if currency.upper() in WHOLE_CURRENCIES else Decimal("0.01")

    @understood()
    def create(self, intent: Intent) -> Created:
        order = self._client.post(
            *ORDERS, document=self._asked(intent), request_id=f"weir-{intent.token}"
        )
        reference, address = str(order.get("id") or ""), link(order, "payer-action", "approve")
        if not reference:
            raise GatewayFailed("PayPal's answer names no order.")
        return Created(reference=reference, redirect_url=web_address(address))

    def verify(self, body: bytes, headers: Mapping[str, str]) -> list[Notice]:
        event = require_genuine(self._client, self._webhook_id, body, headers)
        subject = subject_of(event)
        if subject.capture_id and not (subject.order_id or subject.token):
            subject = self._subject_of_capture(subject.capture_id)
        token = signing.our_token(subject.token)
        return [
            Notice(
                event_id=signing.event_id(event.get("id"), body),
                about=str(event.get("event_type") or ""),
                reference=subject.order_id if token else "",
                merchant_reference=token,
            )
        ]

    @understood()
    def fetch(self, reference: str, *, may_collect: bool = True) -> Standing:
        order: Object = self._client.get(*ORDERS, reference)
        if may_collect and order.get("status") == "APPROVED":
            order = self._collect(reference, order)
        return standing_of(order, self._disputes(order))

    def refund(self, reference: str, amount: Decimal, currency: str, *, key: str) -> RefundOutcome:
        try:
            require_step(amount, currency, self.step(currency))
            refund = self._refund(reference, amount, currency, key)
        except GatewayFailed as failure:
            state = RefundState.REFUSED if failure.is_refusal else RefundState.UNKNOWN
            return RefundOutcome(state=state, evidence=str(failure))
        status = str(refund.get("status") or "")
        return RefundOutcome(
            state=REFUND_STATES.get(status, RefundState.UNKNOWN),
            reference=str(refund.get("id") or ""),
            evidence=f"status {status}",
        )

    def try_credentials(self) -> str:
        if not self._webhook_id:
            raise GatewayFailed(_("No webhook ID was filled in."), is_refusal=True)
        webhook = self._client.get(*WEBHOOKS, self._webhook_id)
        # Without this right a chargeback would go unseen.
        self._client.get(*DISPUTES, page_size="1")
        return _("Messages go to %(address)s") % {"address": webhook.get("url", "?")}

    def _asked(self, intent: Intent) -> dict[str, Any]:
        step = self.step(intent.currency)
        require_step(intent.amount, intent.currency, step)
        amount = {
            "currency_code": intent.currency.upper(),
            "value": written(intent.amount, step),
        }
        experience = {
            "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
            "shipping_preference": "NO_SHIPPING",
            "user_action": "PAY_NOW",
            "return_url": intent.return_url,
            "cancel_url": intent.cancel_url,
        }
        unit = {
            "custom_id": intent.token,
            "description": intent.description[:DESCRIPTION_MAX],
            "amount": amount,
        }
        return {
            "intent": "CAPTURE",
            "purchase_units": [unit],
            "payment_source": {"paypal": {"experience_context": experience}},
        }

    @understood()
    def _subject_of_capture(self, capture_id: str) -> Subject:
        answer = self._client.send("GET", *CAPTURES, capture_id)
        # Not every payment of this PayPal account was made here.
        return subject_of({"resource_type": "capture", "resource": answer.document()})

    def _collect(self, reference: str, order: Object) -> Object:
        # Another approval after a declined card is another attempt: it has a key of its own.
        moment = str(order.get("update_time") or order.get("create_time") or "")
        self._client.send(
            "POST",
            *ORDERS,
            reference,
            "capture",
            body=b"{}",
            request_id=f"weir-{reference}-{moment}",
        )
        # Whatever it answered (collected, declined, collected already): what stands now counts.
        return self._client.get(*ORDERS, reference)

    def _disputes(self, order: Object) -> list[Object]:
        found: list[Object] = []
        for capture in captures_of(order):
            listed = self._client.get(
                *DISPUTES,
                disputed_transaction_id=str(capture.get("id") or ""),
                page_size=str(DISPUTES_MAX),
            )
            found += listed.get("items") or []
        return [self._in_full(dispute) for dispute in found[:DISPUTES_MAX]]

    def _in_full(self, dispute: Object) -> Object:
        if dispute.get("status") != RESOLVED:
            return dispute
        return self._client.get(*DISPUTES, str(dispute.get("dispute_id") or ""))

    @understood()
    def _refund(self, reference: str, amount: Decimal, currency: str, key: str) -> Object:
        order = self._client.get(*ORDERS, reference)
        mark = f"{unit_of(order).get('custom_id')}{REFUND_MARK}{key}"
        for refund in refunds_of(order):
            # PayPal forgets request ids after some weeks; our mark on the refund stays.
            if refund.get("custom_id") == mark:
                return refund
        captures = captures_of(order)
        if len(captures) != 1:
            raise GatewayFailed("There is not exactly one payment to refund.", is_refusal=True)
        value = {"currency_code": currency.upper(), "value": written(amount, self.step(currency))}
        return self._client.post(
            *CAPTURES,
            str(captures[0].get("id") or ""),
            "refund",
            document={"amount": value, "custom_id": mark},
            request_id=f"weir-refund-{key}",
        )
