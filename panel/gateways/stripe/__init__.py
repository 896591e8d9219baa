"""Stripe: cards and more on Stripe's own page ("Checkout Sessions" of its API reference)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, cast

import stripe
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.payments.standing import Standing
from panel.gateways import signing
from panel.gateways.calling import Line, understood, web_address
from panel.gateways.protocol import (
    Account,
    BadSignature,
    Created,
    CredentialField,
    GatewayFailed,
    Intent,
    Notice,
    RefundOutcome,
    RefundState,
)
from panel.gateways.stripe.client import API_BASE, client_of, our_errors
from panel.gateways.stripe.counting import counted, step
from panel.gateways.stripe.reading import Object, intent_of, standing_of
from providers.secrets import Secret

PAYMENT_MARK = "weir_payment"
REFUND_MARK = "weir_refund"
SIGNATURE_HEADER = "Stripe-Signature"
SIGNATURE_AGE_MAX_S = 300
LIST_MAX = 100
DESCRIPTION_MAX = 200
SESSION_PARTS = ["payment_intent.latest_charge.balance_transaction"]
SESSION_EVENTS = "checkout.session."
# Their objects name a payment intent; the session is looked up by it.
INTENT_EVENTS = ("charge.", "refund.", "payment_intent.")
LANGUAGES = frozenset({"en", "de", "es"})

# "Refund.status"; the others (pending, requires_action) are under way.
REFUND_STATES = {
    "succeeded": RefundState.DONE,
    "failed": RefundState.REFUSED,
    "canceled": RefundState.REFUSED,
}


class Stripe:
    slug: ClassVar[str] = "stripe"
    title: ClassVar[str | Promise] = "Stripe"
    fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            "secret_key",
            gettext_lazy("Secret key"),
            is_secret=True,
            help=gettext_lazy("Developers → API keys. It begins with sk_ or rk_."),
        ),
        CredentialField(
            "webhook_secret",
            gettext_lazy("Signing secret of the webhook"),
            is_secret=True,
            help=gettext_lazy(
                "Developers → Webhooks, after the address below was added. Begins with whsec_."
            ),
        ),
    )
    is_hosted: ClassVar[bool] = True
    has_webhook: ClassVar[bool] = True
    is_confirmed_by_staff: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        given = account.credentials
        self._key = Secret(given.get("secret_key", "").strip())
        self._webhook_secret = Secret(given.get("webhook_secret", "").strip())
        base = given.get("api_base", "").rstrip("/")
        self._line = Line(
            base or API_BASE,
            secrets=(self._key, self._webhook_secret),
            may_be_private=bool(base),
        )
        self._client = client_of(self._line, self._key) if self._key else None

    def step(self, currency: str) -> Decimal:
        return step(currency)

    @understood()
    def create(self, intent: Intent) -> Created:
        with our_errors(self._line):
            session = self._v1.checkout.sessions.create(
                cast(Any, _asked(intent)), {"idempotency_key": f"weir-{intent.token}"}
            )
        return Created(
            reference=session.id,
            redirect_url=web_address(session.url),
            expires_at=datetime.fromtimestamp(session.expires_at, UTC),
        )

    def verify(self, body: bytes, headers: Mapping[str, str]) -> list[Notice]:
        header = signing.only_header(headers, SIGNATURE_HEADER)
        signing.require_fresh(_signed_at(header), age_max_s=SIGNATURE_AGE_MAX_S)
        with signing.as_bad(ValueError, stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(
                body, header, self._webhook_secret, SIGNATURE_AGE_MAX_S
            )
        event = signing.object_in(body)
        thing = _object(_object(event.get("data")).get("object"))
        event_id = signing.event_id(event.get("id"), body)
        return [self._notice(event_id, str(event.get("type") or ""), thing)]

    @understood()
    def fetch(self, reference: str, *, may_collect: bool = True) -> Standing:
        with our_errors(self._line):
            session = _plain(
                self._v1.checkout.sessions.retrieve(reference, {"expand": SESSION_PARTS})
            )
            charge = (session.get("payment_intent") or {}).get("latest_charge") or {}
            disputes = self._disputes(intent_of(session)) if charge.get("disputed") else []
        return standing_of(session, disputes)

    def refund(self, reference: str, amount: Decimal, currency: str, *, key: str) -> RefundOutcome:
        try:
            with our_errors(self._line):
                return self._refund(reference, counted(amount, currency), key)
        except GatewayFailed as failure:
            state = RefundState.REFUSED if failure.is_refusal else RefundState.UNKNOWN
            return RefundOutcome(state=state, evidence=str(failure))

    def try_credentials(self) -> str:
        if not self._webhook_secret.startswith("whsec_"):
            raise GatewayFailed(_("The signing secret begins with whsec_."), is_refusal=True)
        with our_errors(self._line):
            account = _plain(self._v1.accounts.retrieve_current())
            self._v1.checkout.sessions.list({"limit": 1})
        profile = account.get("business_profile") or {}
        name = profile.get("name") or account.get("email") or account.get("id")
        is_test = self._key.startswith(("sk_test_", "rk_test_"))
        return f"{name} ({_('test mode, no real money')})" if is_test else str(name)

    @property
    def _v1(self) -> Any:
        if self._client is None:
            raise GatewayFailed(_("No secret key was filled in."), is_refusal=True)
        return self._client.v1

    def _notice(self, event_id: str, about: str, thing: Object) -> Notice:
        session = thing if about.startswith(SESSION_EVENTS) else self._session_of(about, thing)
        token = signing.our_token(session.get("client_reference_id"))
        return Notice(
            event_id=event_id,
            about=about,
            reference=str(session.get("id") or "") if token else "",
            merchant_reference=token,
        )

    @understood()
    def _session_of(self, about: str, thing: Object) -> Object:
        intent_id = intent_of(thing) if about.startswith(INTENT_EVENTS) else ""
        if not intent_id:
            return {}
        with our_errors(self._line):
            found = self._v1.checkout.sessions.list({"payment_intent": intent_id, "limit": 1})
        return next((_plain(session) for session in found.data), {})

    def _disputes(self, intent_id: str) -> list[Object]:
        listed = self._v1.disputes.list({"payment_intent": intent_id, "limit": LIST_MAX})
        return [_plain(dispute) for dispute in listed.data]

    @understood()
    def _refund(self, reference: str, units: int, key: str) -> RefundOutcome:
        intent_id = intent_of(_plain(self._v1.checkout.sessions.retrieve(reference)))
        if not intent_id:
            return RefundOutcome(state=RefundState.REFUSED, evidence="Nothing was paid there.")
        refund = self._refund_with(intent_id, key) or _plain(
            self._v1.refunds.create(
                {"payment_intent": intent_id, "amount": units, "metadata": {REFUND_MARK: key}},
                {"idempotency_key": f"weir-refund-{key}"},
            )
        )
        status = str(refund.get("status"))
        return RefundOutcome(
            state=REFUND_STATES.get(status, RefundState.UNKNOWN),
            reference=str(refund.get("id") or ""),
            evidence=f"status {status}",
        )

    def _refund_with(self, intent_id: str, key: str) -> Object | None:
        # Stripe forgets idempotency keys after a day; our mark on the refund stays.
        listed = self._v1.refunds.list({"payment_intent": intent_id, "limit": LIST_MAX})
        known = (_plain(refund) for refund in listed.data)
        return next(
            (one for one in known if _object(one.get("metadata")).get(REFUND_MARK) == key), None
        )


def _asked(intent: Intent) -> dict[str, Any]:
    price = {
        "currency": intent.currency.lower(),
        "unit_amount": counted(intent.amount, intent.currency),
        "product_data": {"name": intent.description[:DESCRIPTION_MAX]},
    }
    asked: dict[str, Any] = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": intent.return_url,
        "cancel_url": intent.cancel_url,
        "client_reference_id": intent.token,
        "metadata": {PAYMENT_MARK: intent.token},
        "payment_intent_data": {"metadata": {PAYMENT_MARK: intent.token}},
        # Paid is what was asked for: no prices in a currency of Stripe's choice.
        "adaptive_pricing": {"enabled": False},
        "locale": intent.language if intent.language in LANGUAGES else "auto",
    }
    if intent.customer_email:
        asked["customer_email"] = intent.customer_email
    return asked


def _signed_at(header: str) -> int:
    """The moment in the header, which must name exactly one."""
    parts = [part.strip() for part in header.split(",")]
    moments = [part.removeprefix("t=") for part in parts if part.startswith("t=")]
    if len(moments) != 1:
        raise BadSignature("The signature names no moment, or several.")
    return signing.moment(moments[0])


def _object(thing: Any) -> Object:
    return thing if isinstance(thing, Mapping) else {}


def _plain(thing: Any) -> dict[str, Any]:
    return cast(
        dict[str, Any], thing.to_dict(recursive=True) if hasattr(thing, "to_dict") else thing
    )
