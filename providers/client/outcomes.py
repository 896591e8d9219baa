"""What can come of a call."""

from collections.abc import Mapping
from dataclasses import dataclass

from providers.wire import ListedOffer, Problem, RefusalReason, Requested, Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What every outcome of a changing call has: evidence for people, without the key."""

    evidence: str
    http_status: int | None = None
    elapsed_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(_Outcome):
    """The provider has the order. `warning` is set when it said error as well."""

    upstream_id: str
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(_Outcome):
    """A refill or cancel call was understood: a result for each id that was spoken of.

    About an id that is absent nothing is known: treat it as silent.
    """

    results: Mapping[str, Requested | Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(_Outcome):
    """The provider said no: nothing was placed. `error` is its text."""

    reason: RefusalReason
    error: str
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable(_Outcome):
    """Nothing can have been sent: it is safe to try again later."""

    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent(_Outcome):
    """Nobody can know whether it was placed: never resend, never refund by machine.

    `hint` is an order id found in an answer that cannot be relied on.
    """

    hint: str | None = None
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceList:
    """A provider's price list. `moved_to` is the address it redirected to, to be corrected."""

    offers: list[ListedOffer]
    skipped: list[Skipped]
    moved_to: str | None = None
    elapsed_ms: int = 0


class ProviderFailed(Exception):
    """A read brought nothing usable: unreachable, an error, or an answer that is none.

    `reason` is set when the provider said error.
    """

    def __init__(
        self,
        evidence: str,
        *,
        reason: RefusalReason | None = None,
        http_status: int | None = None,
        elapsed_ms: int = 0,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(evidence)
        self.evidence = evidence
        self.reason = reason
        self.http_status = http_status
        self.elapsed_ms = elapsed_ms
        self.retry_after_s = retry_after_s
