"""Bank transfer and the like: the customer follows instructions, staff look at the account."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.currencies import minor_step
from orders.payments.standing import Standing, State
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


class Manual:
    """Knows nothing by itself: a payment is open here until staff decide about it."""

    slug: ClassVar[str] = "manual"
    title: ClassVar[str | Promise] = gettext_lazy("By hand")
    fields: ClassVar[tuple[CredentialField, ...]] = ()
    is_hosted: ClassVar[bool] = False
    has_webhook: ClassVar[bool] = False
    is_confirmed_by_staff: ClassVar[bool] = True

    def __init__(self, account: Account) -> None:
        self._account = account

    def step(self, currency: str) -> Decimal:
        return minor_step(currency)

    def create(self, intent: Intent) -> Created:
        if not self._account.instructions.strip():
            raise GatewayFailed(
                _("This payment method has no instructions for the customer."), is_refusal=True
            )
        return Created(reference=intent.token, instructions=self._account.instructions)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> list[Notice]:
        raise BadSignature("Nobody calls us about payments by hand.")

    def fetch(self, reference: str, *, may_collect: bool = True) -> Standing:
        return Standing(
            state=State.OPEN,
            currency=self._account.currency,
            reference=reference,
            merchant_reference=reference,
        )

    def refund(self, reference: str, amount: Decimal, currency: str, *, key: str) -> RefundOutcome:
        """Done as it is noted: whoever starts it sends the money from the same account by hand."""
        return RefundOutcome(
            state=RefundState.DONE, reference=key, evidence=_("To be sent back by hand.")
        )

    def try_credentials(self) -> str:
        return _("There is nothing to try: staff confirm these payments.")
