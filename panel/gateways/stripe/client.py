"""Stripe's own library, speaking through our one door, and its errors in our words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import stripe

from panel.gateways.calling import USER_AGENT, Answer, Line, NoAnswer, call
from panel.gateways.protocol import GatewayFailed

API_BASE = "https://api.stripe.com"

# The library would tell Stripe about this machine and remember it in a file.
stripe.enable_telemetry = False

_REFUSALS = (
    stripe.AuthenticationError,
    stripe.PermissionError,
    stripe.InvalidRequestError,
    stripe.CardError,
)


def client_of(line: Line, secret_key: str) -> stripe.StripeClient:
    """A client that never repeats a call by itself: the caller knows whether it may."""
    return stripe.StripeClient(
        secret_key,
        http_client=_Door(line),
        base_addresses={"api": line.base},
        max_network_retries=0,
    )


@contextmanager
def our_errors(line: Line) -> Iterator[None]:
    """What Stripe's library raises, as GatewayFailed (NoAnswer when none came)."""
    try:
        yield
    except _Unanswered as error:
        raise error.failure from None
    except stripe.StripeError as error:
        _raise_ours(line, error)


class _Unanswered(stripe.APIConnectionError):
    """Carries our own finding through the library."""

    def __init__(self, failure: NoAnswer) -> None:
        super().__init__(str(failure), should_retry=False)  # type: ignore[no-untyped-call]
        self.failure = failure


class _Door(stripe.HTTPClient):
    """The library's calls, made the way all calls of the panel are made."""

    name = "weir"

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def request(  # type: ignore[override]  # the library's own clients have no _usage either
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        sent = {**(headers or {}), "User-Agent": USER_AGENT}
        sent.pop("X-Stripe-Client-User-Agent", None)
        body = post_data.encode() if isinstance(post_data, str) else post_data
        try:
            answer = call(self._line, method.upper(), url, headers=sent, body=body)
        except NoAnswer as failure:
            raise _Unanswered(failure) from None
        return _decoded(answer), answer.status, answer.headers

    def close(self) -> None:
        """Nothing: each call has a connection of its own."""


def _decoded(answer: Answer) -> bytes:
    # The library would raise UnicodeDecodeError for an answer that is no text at all.
    return answer.text.encode()


def _raise_ours(line: Line, error: stripe.StripeError) -> NoReturn:
    retry_after = (error.headers or {}).get("Retry-After", "")
    told = f"{type(error).__name__} {error.code or ''} HTTP {error.http_status}: {error}"
    raise GatewayFailed(
        line.evidence(told),
        is_refusal=isinstance(error, _REFUSALS),
        retry_after_s=int(retry_after) if retry_after.isdigit() else None,
    ) from None
