"""A gateway for trials: its page asks what the customer would do, and no money moves.

It keeps its own book, as a real one does, so that refunds and disputes can be tried as well.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urljoin

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.currencies import minor_step
from orders.payments.standing import Standing, State
from panel.gateways import signing
from panel.gateways.amounts import require_step
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
from panel.models.demo import DemoPayment

REFERENCE_START = "demo-"
STATES = {
    DemoPayment.State.OPEN: State.OPEN,
    DemoPayment.State.PAID: State.PAID,
    DemoPayment.State.DECLINED: State.FAILED,
}


class Demo:
    slug: ClassVar[str] = "demo"
    title: ClassVar[str | Promise] = gettext_lazy("Demo (no real money)")
    fields: ClassVar[tuple[CredentialField, ...]] = ()
    is_hosted: ClassVar[bool] = True
    has_webhook: ClassVar[bool] = False
    is_confirmed_by_staff: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        self._account = account

    def step(self, currency: str) -> Decimal:
        return minor_step(currency)

    def create(self, intent: Intent) -> Created:
        require_step(intent.amount, intent.currency, self.step(intent.currency))
        terms = {
            "amount": intent.amount,
            "currency": intent.currency,
            "return_url": intent.return_url,
            "cancel_url": intent.cancel_url,
        }
        DemoPayment.objects.get_or_create(token=intent.token, defaults=terms)
        page = reverse("demo_checkout", args=[intent.token])
        return Created(
            reference=f"{REFERENCE_START}{intent.token}",
            redirect_url=urljoin(intent.return_url, page),
        )

    def verify(self, body: bytes, headers: Mapping[str, str]) -> list[Notice]:
        raise BadSignature("The demo calls nobody.")

    def fetch(self, reference: str, *, may_collect: bool = True) -> Standing:
        payment = _look_up(reference)
        return Standing(
            state=STATES[DemoPayment.State(payment.state)],
            paid=payment.paid,
            currency=payment.currency,
            refunded=payment.refunded,
            disputed=payment.dispute == DemoPayment.Dispute.OPEN,
            dispute_lost=payment.dispute == DemoPayment.Dispute.LOST,
            reference=reference,
            merchant_reference=str(payment.token),
        )

    @transaction.atomic
    def refund(self, reference: str, amount: Decimal, currency: str, *, key: str) -> RefundOutcome:
        payment = _known(reference).select_for_update().first()
        problem = _problem(payment, amount, currency, key)
        if payment is None or problem:
            return RefundOutcome(state=RefundState.REFUSED, evidence=problem)
        payment.refunds[key] = str(amount)
        payment.save(update_fields=["refunds"])
        return RefundOutcome(state=RefundState.DONE, reference=f"demo-{key}")

    def try_credentials(self) -> str:
        return _("The demo needs no account.")


def _known(reference: str) -> QuerySet[DemoPayment]:
    token = signing.our_token(reference.removeprefix(REFERENCE_START))
    return DemoPayment.objects.filter(token=token) if token else DemoPayment.objects.none()


def _look_up(reference: str) -> DemoPayment:
    payment = _known(reference).first()
    if payment is None:
        raise GatewayFailed("There is no such demo payment.", is_refusal=True)
    return payment


def _problem(payment: Any, amount: Decimal, currency: str, key: str) -> str:
    """Why this cannot be refunded, or "". The same key again is no problem."""
    if payment is None or payment.paid is None or payment.currency != currency:
        return "Nothing was paid there in this currency."
    others = payment.refunded - Decimal(payment.refunds.get(key, "0"))
    return "" if 0 < amount <= payment.paid - others else "More than is left of the payment."
