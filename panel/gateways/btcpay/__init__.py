"""BTCPay Server: coins, through the operator's own server (Greenfield API)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.currencies import minor_step
from orders.payments.standing import Standing
from panel.gateways import signing
from panel.gateways.amounts import money, require_step, written
from panel.gateways.btcpay.client import Client
from panel.gateways.btcpay.reading import (
    Object,
    needs_payments,
    standing_of,
    token_of,
)
from panel.gateways.btcpay.refunding import refund, refunds_of
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
from providers.secrets import Secret

SIGNATURE_HEADER = "BTCPay-Sig"
SIGNATURE_START = "sha256="
REDELIVERY_MAX_S = 4 * 24 * 3_600
"""The signature holds no moment; the body's says when it was sent. Old ones are repeats."""

SATOSHIS = "SATS"

PERMISSIONS = (
    "btcpay.store.canviewinvoices",
    "btcpay.store.cancreateinvoice",
    "btcpay.store.cancreatepullpayments",
    "btcpay.store.canmanagepullpayments",
)
# These hold all of the above.
EVERY_PERMISSION = ("unrestricted", "btcpay.store.canmodifystoresettings")


class BTCPay:
    slug: ClassVar[str] = "btcpay"
    title: ClassVar[str | Promise] = "BTCPay Server"
    fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField("server_url", gettext_lazy("Address of the server")),
        CredentialField("store_id", gettext_lazy("Store ID")),
        CredentialField(
            "api_key",
            gettext_lazy("API key"),
            is_secret=True,
            help=gettext_lazy("It may view and create invoices, create and manage pull payments."),
        ),
        CredentialField(
            "webhook_secret",
            gettext_lazy("Secret of the webhook"),
            is_secret=True,
            help=gettext_lazy("Store settings → Webhooks, after the address below was added."),
        ),
        CredentialField(
            "network",
            gettext_lazy("Where the server is"),
            default="public",
            choices=(
                ("public", gettext_lazy("On the internet")),
                ("private", gettext_lazy("In our own network")),
            ),
        ),
    )
    is_hosted: ClassVar[bool] = True
    has_webhook: ClassVar[bool] = True
    is_confirmed_by_staff: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        given = {name: value.strip() for name, value in account.credentials.items()}
        self._store = given.get("store_id", "")
        self._webhook_secret = Secret(given.get("webhook_secret", ""))
        api_key = given.get("api_key", "")
        line = Line(
            given.get("server_url", "").rstrip("/"),
            secrets=(api_key, self._webhook_secret),
            may_be_private=given.get("network") == "private",
        )
        self._client = Client(line, api_key)

    def step(self, currency: str) -> Decimal:
        return Decimal(1) if currency.upper() == SATOSHIS else minor_step(currency)

    @understood()
    def create(self, intent: Intent) -> Created:
        step = self.step(intent.currency)
        require_step(intent.amount, intent.currency, step)
        invoice = self._opened(intent) or self._open(intent, written(intent.amount, step))
        return Created(
            reference=str(invoice.get("id") or ""),
            redirect_url=web_address(invoice.get("checkoutLink")),
            expires_at=datetime.fromtimestamp(int(invoice["expirationTime"]), UTC),
        )

    def verify(self, body: bytes, headers: Mapping[str, str]) -> list[Notice]:
        header = signing.only_header(headers, SIGNATURE_HEADER)
        if not header.startswith(SIGNATURE_START):
            raise BadSignature("The signature is of an unknown kind.")
        signing.require_hmac(self._webhook_secret, body, header.removeprefix(SIGNATURE_START))
        event = signing.object_in(body)
        sent_at = signing.moment(str(event.get("timestamp") or ""))
        signing.require_fresh(sent_at, age_max_s=REDELIVERY_MAX_S)
        told = token_of(event)
        token = signing.our_token(told)
        # Not every version tells the order; where it does, other shops' orders are not ours.
        is_ours = event.get("storeId") == self._store and bool(token or not told)
        return [
            Notice(
                event_id=signing.event_id(
                    event.get("originalDeliveryId") or event.get("deliveryId"), body
                ),
                about=str(event.get("type") or ""),
                reference=str(event.get("invoiceId") or "") if is_ours else "",
                merchant_reference=token if is_ours else "",
            )
        ]

    @understood()
    def fetch(self, reference: str, *, may_collect: bool = True) -> Standing:
        invoice = self._client.get(*self._invoices, reference)
        is_quiet = not needs_payments(invoice) and invoice.get("status") != "Settled"
        methods = [] if is_quiet else self._methods(reference)
        pulls = [] if is_quiet else refunds_of(self._client, self._store, invoice)
        step = self.step(str(invoice.get("currency") or ""))
        return standing_of(invoice, methods, pulls, step=step)

    def refund(self, reference: str, amount: Decimal, currency: str, *, key: str) -> RefundOutcome:
        try:
            require_step(amount, currency, self.step(currency))
            pull = self._refund(reference, amount, currency, key)
        except GatewayFailed as failure:
            state = RefundState.REFUSED if failure.is_refusal else RefundState.UNKNOWN
            return RefundOutcome(state=state, evidence=str(failure))
        return RefundOutcome(
            # Archived there means called off: nobody can fetch that money any more.
            state=RefundState.REFUSED if pull.get("archived") else RefundState.DONE,
            reference=str(pull.get("id") or ""),
            claim_url=str(pull.get("viewLink") or ""),
        )

    def try_credentials(self) -> str:
        store = self._client.get("stores", self._store)
        granted = {
            name
            for permission in self._client.get("api-keys", "current").get("permissions") or []
            for name, _colon, store_id in [str(permission).partition(":")]
            if store_id in ("", self._store)
        }
        missing = [name for name in PERMISSIONS if name not in granted]
        if missing and not granted.intersection(EVERY_PERMISSION):
            told = _("The API key lacks %(permissions)s.") % {"permissions": ", ".join(missing)}
            raise GatewayFailed(told, is_refusal=True)
        if not self._webhook_secret:
            raise GatewayFailed(_("No secret of the webhook was filled in."), is_refusal=True)
        return str(store.get("name") or self._store)

    @property
    def _invoices(self) -> tuple[str, ...]:
        return ("stores", self._store, "invoices")

    def _opened(self, intent: Intent) -> Object | None:
        """The invoice that stands for this token, the same for everybody who looks."""
        listed = self._client.get(*self._invoices, orderId=intent.token)
        found = [invoice for invoice in listed if _is_the_one(invoice, intent)]
        return min(found, key=lambda one: (one["createdTime"], one["id"]), default=None)

    def _open(self, intent: Intent, amount: str) -> Object:
        # There are no idempotency keys here: who asks at the same moment may open another one,
        # and then both go on with the same of the two.
        invoice = self._client.post(*self._invoices, document=_asked(intent, amount))
        return self._opened(intent) or invoice

    def _methods(self, reference: str) -> list[Object]:
        return list(self._client.get(*self._invoices, reference, "payment-methods"))

    @understood()
    def _refund(self, reference: str, amount: Decimal, currency: str, key: str) -> Object:
        value = {
            "customAmount": written(amount, self.step(currency)),
            "customCurrency": currency.upper(),
        }
        invoice = self._client.get(*self._invoices, reference)
        return refund(self._client, self._store, invoice, key, value)


def _asked(intent: Intent, amount: str) -> dict[str, Any]:
    return {
        "amount": amount,
        "currency": intent.currency.upper(),
        "metadata": {"orderId": intent.token, "itemDesc": intent.description},
        "checkout": {
            "redirectURL": intent.return_url,
            "redirectAutomatically": True,
            "defaultLanguage": intent.language or "en",
            # Settled must mean paid in full, whatever the store is content with elsewhere.
            "paymentTolerance": 0,
        },
    }


def _is_the_one(invoice: Object, intent: Intent) -> bool:
    return (
        not invoice.get("archived")
        and token_of(invoice) == intent.token
        and invoice.get("currency") == intent.currency.upper()
        and money(invoice, of="amount") == intent.amount
    )
