"""One POST and its answer, with a deadline, a size limit, and a clear word when it fails."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from providers.client.connection import Connection
from providers.client.sessions import fresh_session, pooled_session
from providers.client.sockets import NeverConnected
from providers.wire import decode, strict_integer

ANSWER_MAX_BYTES = 1024 * 1024
SERVICES_MAX_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
CONNECT_TIMEOUT_S = 10.0
REDIRECTS_MAX = 3
RETRY_AFTER_MAX_S = 3_600
STALE_WITHIN_MS = 1_000

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOTHING_SENT = (
    requests.exceptions.InvalidURL
    | requests.exceptions.InvalidSchema
    | requests.exceptions.MissingSchema
    | requests.exceptions.InvalidHeader
)
_FAILURES = (requests.RequestException, HTTPError, HTTPException, OSError)


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer that arrived in full. `text` is decoded, and masked (see Connection)."""

    status: int
    text: str
    content_type: str
    location: str
    retry_after_s: int | None
    elapsed_ms: int
    url: str
    is_from_cloudflare: bool = False

    @property
    def is_redirect(self) -> bool:
        return self.status in _REDIRECTS

    def evidence(self, finding: str = "") -> str:
        head = f"HTTP {self.status} {self.content_type}".strip()
        parts = (finding, f"redirects to {self.location}" if self.is_redirect else "", head)
        return f"{'. '.join(part for part in parts if part)}: {self.text}"


class CallFailed(Exception):
    """No complete answer. `was_sent` is False only when nothing can have left this machine;
    `was_dropped` says that the other side closed or reset the connection."""

    def __init__(self, evidence: str, cause: BaseException, *, elapsed_ms: int) -> None:
        super().__init__(evidence)
        causes = list(_chain(cause))
        self.was_sent = not any(isinstance(one, NeverConnected | _NOTHING_SENT) for one in causes)
        self.was_dropped = any(isinstance(one, ConnectionError) for one in causes)
        self.elapsed_ms = elapsed_ms


def post_once(conn: Connection, params: Mapping[str, str]) -> Exchange:
    """Send once, over a connection of its own, following nothing. Raises CallFailed.

    A pooled connection may have been closed by the other side a moment ago: then nobody could
    tell whether the request was read.
    """
    with fresh_session(conn) as session:
        return _exchange(session, conn, conn.url, params, ANSWER_MAX_BYTES)


def post_read(
    conn: Connection, params: Mapping[str, str], *, limit: int = ANSWER_MAX_BYTES
) -> Exchange:
    """Send what changes nothing, over pooled connections. A redirect on the same host is
    followed, still as a POST; a pooled connection that went stale is replaced once.

    Raises CallFailed.
    """
    url = conn.url
    for _ in range(REDIRECTS_MAX):
        exchange = _exchange_unless_stale(conn, url, params, limit)
        target = _redirect_target(url, exchange)
        if target is None:
            break
        url = target
    return exchange


def _exchange_unless_stale(
    conn: Connection, url: str, params: Mapping[str, str], limit: int
) -> Exchange:
    session = pooled_session(conn)
    try:
        return _exchange(session, conn, url, params, limit)
    except CallFailed as failure:
        if not (failure.was_sent and failure.was_dropped and failure.elapsed_ms < STALE_WITHIN_MS):
            raise
        # On a connection of its own: the pool may hold more that went stale together.
        with fresh_session(conn) as fresh:
            return _exchange(fresh, conn, url, params, limit)


def _exchange(
    session: requests.Session, conn: Connection, url: str, params: Mapping[str, str], limit: int
) -> Exchange:
    started = time.monotonic()
    body = bytearray()
    try:
        with session.post(
            url,
            data=dict(params),
            timeout=cast(Any, _deadline(conn.timeout_s)),
            allow_redirects=False,
            stream=True,
        ) as response:
            _read_into(body, response, limit)
    except _FAILURES as error:
        finding = _finding(error)
        if body:
            finding = f"{finding}; received until then: {decode(bytes(body))}"
        raise CallFailed(conn.evidence(finding), error, elapsed_ms=_since(started)) from None
    return _answer(conn, response, bytes(body), _since(started))


def _read_into(body: bytearray, response: requests.Response, limit: int) -> None:
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > limit:
            del body[CHUNK_BYTES:]
            raise OSError(f"the answer is longer than {limit} bytes")


def _answer(
    conn: Connection, response: requests.Response, body: bytes, elapsed_ms: int
) -> Exchange:
    headers = response.headers
    return Exchange(
        status=response.status_code,
        text=conn.mask_answer(decode(body, charset=response.encoding)),
        content_type=conn.mask_answer(headers.get("Content-Type", "")),
        location=conn.mask_answer(headers.get("Location", "")),
        retry_after_s=_retry_after_s(headers.get("Retry-After", "")),
        elapsed_ms=elapsed_ms,
        url=conn.mask_answer(response.url),
        is_from_cloudflare="CF-RAY" in headers,
    )


def _deadline(seconds: float) -> Timeout:
    # Of all of requests' time-outs only urllib3's own has a total.
    return Timeout(connect=min(CONNECT_TIMEOUT_S, seconds), total=seconds)


def _finding(error: BaseException) -> str:
    for cause in _chain(error):
        if isinstance(cause, NeverConnected):
            return f"could not connect: {cause.reason}"
    return f"{type(error).__name__}: {error}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    # requests and urllib3 both wrap what really happened.
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _retry_after_s(header: str) -> int | None:
    seconds = strict_integer(header)
    if seconds is None:
        try:
            seconds = int(parsedate_to_datetime(header).timestamp() - time.time())
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0), RETRY_AFTER_MAX_S)


def _redirect_target(url: str, exchange: Exchange) -> str | None:
    """Where to go next. The key travels along: to https or www., never to a stranger."""
    if not exchange.is_redirect:
        return None
    try:
        target = urljoin(url, exchange.location)
        here, there = urlsplit(url), urlsplit(target)
    except ValueError:
        return None
    is_weaker = here.scheme == "https" and there.scheme != "https"
    is_strange = _bare_host(here.hostname) != _bare_host(there.hostname)
    return None if is_weaker or is_strange else target


def _bare_host(host: str | None) -> str:
    return (host or "").removeprefix("www.")


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1_000)
