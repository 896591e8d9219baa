"""One HTTP call to a gateway: a deadline, a size limit, no redirects, no key in what is told.

The only file of the panel that speaks HTTP to the outside.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from panel.gateways.protocol import EVIDENCE_MAX, GatewayFailed
from panel.redaction import HIDDEN, redact
from providers.client.connection import Connection
from providers.client.sessions import fresh_session
from providers.client.sockets import NeverConnected

TIMEOUT_S = 20.0
CONNECT_TIMEOUT_S = 10.0
ANSWER_MAX_BYTES = 2 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
RETRY_AFTER_MAX_S = 3_600
SECRET_LEAST = 6
"""Characters from which on a secret does not stand in an answer by chance."""
USER_AGENT = "Weir/1.0"

_NOTHING_SENT = (
    NeverConnected
    | requests.exceptions.InvalidURL
    | requests.exceptions.InvalidSchema
    | requests.exceptions.MissingSchema
    | requests.exceptions.InvalidHeader
)


@dataclass(frozen=True, slots=True)
class Line:
    """How to reach one gateway. `secrets` never appear in evidence; addresses of our own network
    are refused unless `may_be_private`."""

    base: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    may_be_private: bool = False
    timeout_s: float = TIMEOUT_S

    def mask(self, content: bytes) -> bytes:
        """The content without the secrets: some servers repeat what they were sent."""
        for secret in self.secrets:
            if len(secret) >= SECRET_LEAST:
                content = content.replace(secret.encode(), HIDDEN.encode())
        return content

    def evidence(self, text: str) -> str:
        """The text without the secrets, fit to be stored."""
        masked = self.mask(text.encode("utf-8", "replace")).decode()
        return redact(masked.replace("\0", ""))[:EVIDENCE_MAX]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def document(self) -> dict[str, Any]:
        """The JSON object in it, or {} when it holds none."""
        document = self.json()
        return document if isinstance(document, dict) else {}

    def json(self) -> Any:
        """The JSON in it, with every number as it was written (money is never a float)."""
        try:
            return json.loads(self.body, parse_float=str)
        except (ValueError, RecursionError):
            return None

    @property
    def retry_after_s(self) -> int | None:
        seconds = self.headers.get("Retry-After", "")
        return min(int(seconds), RETRY_AFTER_MAX_S) if _is_number(seconds) else None


class NoAnswer(GatewayFailed):
    """No complete answer. `was_sent` is False only when nothing can have left this machine."""

    def __init__(self, evidence: str, *, was_sent: bool) -> None:
        super().__init__(evidence)
        self.was_sent = was_sent


def call(
    line: Line,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Send once, over a connection of its own, following nothing. Raises NoAnswer."""
    with answered(line, method, url, headers=headers, body=body) as response:
        return whole(line, response)


@contextmanager
def answered(
    line: Line,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Iterator[requests.Response]:
    """The same, for whoever reads the answer piece by piece within the block.

    Raises NoAnswer, also for what goes wrong while it is read.
    """
    try:
        with (
            fresh_session(_connection(line)) as session,
            session.request(
                method,
                url,
                headers=dict(headers or {}),
                data=body,
                timeout=cast(Any, _deadline(line)),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            yield response
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise _no_answer(line, error) from None


def whole(line: Line, response: requests.Response) -> Answer:
    """An answer of the usual length. Raises OSError for a longer one."""
    content = line.mask(b"".join(pieces(response, bytes_max=ANSWER_MAX_BYTES)))
    return Answer(response.status_code, CaseInsensitiveDict(response.headers), content)


def pieces(response: requests.Response, *, bytes_max: int) -> Iterator[bytes]:
    """What comes, as it comes. Raises OSError for more than ``bytes_max``."""
    length = 0
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
        length += len(chunk)
        if length > bytes_max:
            raise OSError(f"the answer is longer than {bytes_max} bytes")
        yield chunk


@contextmanager
def understood() -> Iterator[None]:
    """An answer in another shape than the gateway documents fails as one call, with GatewayFailed:
    it must not look like a bug of ours, and the next payment may be readable."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise GatewayFailed(
            f"The gateway's answer is not as documented ({type(error).__name__}: {error})."
        ) from error


def web_address(address: object) -> str:
    """The address to send a customer to. Raises GatewayFailed for anything a browser should not
    be sent to (another scheme than http and https, or none)."""
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        raise GatewayFailed("The gateway named no address to send the customer to.")
    return address


def failure(line: Line, answer: Answer) -> GatewayFailed:
    """What to raise for an answer that is not the one we hoped for."""
    # 408, 409 and 425 are about the moment, 429 about the pace; every other 4xx is a plain no.
    is_refusal = 400 <= answer.status < 500 and answer.status not in (408, 409, 425, 429)
    return GatewayFailed(
        line.evidence(f"HTTP {answer.status}: {answer.text}"),
        is_refusal=is_refusal,
        retry_after_s=answer.retry_after_s,
    )


def _connection(line: Line) -> Connection:
    return Connection(
        url=line.base,
        api_key="",
        user_agent=USER_AGENT,
        timeout_s=line.timeout_s,
        allow_private_address=line.may_be_private,
    )


def _deadline(line: Line) -> Timeout:
    # Of all of requests' time-outs only urllib3's own has a total.
    return Timeout(connect=CONNECT_TIMEOUT_S, total=line.timeout_s)


def _no_answer(line: Line, error: BaseException) -> NoAnswer:
    causes = list(_chain(error))
    was_sent = not any(isinstance(cause, _NOTHING_SENT) for cause in causes)
    reasons = [cause.reason for cause in causes if isinstance(cause, NeverConnected)]
    finding = f"could not connect: {reasons[0]}" if reasons else f"{type(error).__name__}: {error}"
    return NoAnswer(line.evidence(finding), was_sent=was_sent)


def _chain(error: BaseException | None) -> Iterable[BaseException]:
    # requests and urllib3 both wrap what really happened.
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
