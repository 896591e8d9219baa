"""What every gateway can do, in our words.

An adapter only talks and translates. It keeps nothing, decides nothing about balances, and is
never called while a transaction or a lock is open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol

from django.utils.functional import Promise

from orders.payments.standing import Standing

EVIDENCE_MAX = 2_000


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One thing that an operator fills in for a method. A secret is never shown again.

    `default` counts where nothing was filled in; a field without one must be filled in, unless
    `is_optional`. `choices` are (value, label).
    """

    name: str
    label: str | Promise
    is_secret: bool = False
    help: str | Promise = ""
    default: str = ""
    is_optional: bool = False
    choices: tuple[tuple[str, str | Promise], ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A payment method as its adapter needs it, detached from the database."""

    credentials: Mapping[str, str] = field(repr=False)
    currency: str = ""
    title: str = ""
    instructions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a customer is about to pay.

    `token` is our public reference of the payment and the key that makes `create` repeatable;
    `amount` is in `currency` and a multiple of the gateway's `step`. The three addresses are
    absolute. `customer_email` and `language` (such as "pt-br") may be empty.
    """

    token: str
    amount: Decimal
    currency: str
    description: str
    return_url: str
    cancel_url: str
    webhook_url: str
    customer_email: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The gateway knows of the payment.

    `reference` is its own id, `redirect_url` where the customer pays ("" for those who pay by
    `instructions`), `expires_at` when it stops taking money (None: never, or not told).
    """

    reference: str
    redirect_url: str = ""
    instructions: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A verified webhook: "look at this payment", and nothing that may be believed beyond that.

    The payment is the one with this `reference` (the gateway's) or, where that is "", with this
    `merchant_reference` (our token). Both are "" when the event is about something else: note
    it, answer 200, do nothing. `event_id` is the same whenever the same event comes again.
    """

    event_id: str
    about: str
    reference: str = ""
    merchant_reference: str = ""


class RefundState(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOutcome:
    """What became of a refund. `reference` is the gateway's id of it.

    REFUSED is definite: nothing will leave. UNKNOWN (no answer, or still under way): ask again
    with the same key. `claim_url`, where set, is for the customer, who fetches the money there.
    `evidence` is for people, without keys.
    """

    state: RefundState
    reference: str = ""
    claim_url: str = ""
    evidence: str = ""


class BadSignature(Exception):
    """A webhook that its gateway did not send, or not to this method. Answer 400."""


class GatewayFailed(Exception):
    """A call brought nothing usable. The text is for staff, and holds no key.

    `is_refusal`: the gateway understood and said no (wrong key, unknown payment, an amount it
    does not take), so repeating the same call will not help. Otherwise (no answer, 429, 5xx, an
    answer that is none) try again later, not before `retry_after_s` where that is set.
    """

    def __init__(
        self, evidence: str, *, is_refusal: bool = False, retry_after_s: int | None = None
    ) -> None:
        super().__init__(evidence[:EVIDENCE_MAX])
        self.is_refusal = is_refusal
        self.retry_after_s = retry_after_s


class Gateway(Protocol):
    """One payment method's gateway.

    `is_hosted`: the customer is sent to `Created.redirect_url`. `has_webhook`: it calls us (else
    `verify` refuses everything). `is_confirmed_by_staff`: `fetch` cannot know; a person decides.
    """

    slug: ClassVar[str]
    title: ClassVar[str | Promise]
    fields: ClassVar[tuple[CredentialField, ...]]
    is_hosted: ClassVar[bool]
    has_webhook: ClassVar[bool]
    is_confirmed_by_staff: ClassVar[bool]

    def __init__(self, account: Account) -> None: ...

    def step(self, currency: str) -> Decimal:
        """The least that two amounts in this currency can differ by here, such as 0.01 or 1.

        What is asked for must be a multiple of it, else `create` and `refund` refuse.
        """
        ...

    def create(self, intent: Intent) -> Created:
        """Tell the gateway of a payment. The same token again gives the same payment again, so
        after a lost answer simply call it once more. Raises GatewayFailed."""
        ...

    def verify(self, body: bytes, headers: Mapping[str, str]) -> list[Notice]:
        """What a webhook is about, after its signature over the raw body was checked.

        Raises BadSignature. Raises GatewayFailed when nobody could tell just now: answer 503,
        the gateway sends it again.
        """
        ...

    def fetch(self, reference: str, *, may_collect: bool = True) -> Standing:
        """How the payment stands at the gateway now. Raises GatewayFailed.

        Where an approved payment has to be collected, this does it, once: pass
        may_collect=False for a payment that we no longer want (expired, rejected).
        """
        ...

    def refund(self, reference: str, amount: Decimal, currency: str, *, key: str) -> RefundOutcome:
        """Give `amount` back, once per `key` however often it is called. Raises nothing for
        outside reasons. Call it again with the same key to learn what became of an UNKNOWN."""
        ...

    def try_credentials(self) -> str:
        """A sentence that names the account these credentials open. Raises GatewayFailed with
        what is wrong with them; changes nothing there."""
        ...
