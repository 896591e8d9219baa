"""Calls that change something upstream. There is no idempotency key there: each is sent once.

None of them raises for anything that happens outside this process.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from providers import wire
from providers.client.connection import Connection
from providers.client.outcomes import Accepted, Answered, Refused, Silent, Unreachable
from providers.client.reads import IDS_MAX
from providers.client.transport import CallFailed, Exchange, post_once

# Cloudflare says with these that it could not reach the provider's server at all. Said by anybody
# else they are a 5xx like all others: the order may have been placed.
ORIGIN_NOT_REACHED = frozenset({521, 522, 523, 525, 526})
TOO_MANY_REQUESTS = 429

_Results = dict[str, wire.Requested | wire.Problem]
_ReadResults = Callable[[wire.Document, Sequence[str]], _Results]


def add(conn: Connection, params: Mapping[str, str]) -> Accepted | Refused | Unreachable | Silent:
    """Place one order; `params` are the fields of its type, `service` included."""
    exchange = _send(conn, {**params, "action": "add"})
    if not isinstance(exchange, Exchange):
        return exchange
    finding, reply = "", wire.AddReply()
    try:
        reply = wire.read_add(wire.parse(exchange.text))
    except wire.Unreadable as problem:
        finding = str(problem)
    return _judge(conn, exchange, reply, finding, sent=params.values())


def refill(conn: Connection, ids: Sequence[str]) -> Answered | Refused | Unreachable | Silent:
    """Ask for refills of at most 100 orders. Raises ValueError for none or more."""
    asked = _ids(ids)
    names = {"order": asked[0]} if len(asked) == 1 else {"orders": ",".join(asked)}
    return _request_each(conn, {"action": "refill", **names}, asked, wire.read_refills)


def cancel(conn: Connection, ids: Sequence[str]) -> Answered | Refused | Unreachable | Silent:
    """Ask for cancels of at most 100 orders; the later status says whether it was done."""
    asked = _ids(ids)
    params = {"action": "cancel", "orders": ",".join(asked)}
    return _request_each(conn, params, asked, wire.read_cancels)


def _ids(ids: Sequence[str]) -> list[str]:
    asked = list(dict.fromkeys(ids))
    if not 0 < len(asked) <= IDS_MAX:
        raise ValueError(f"from 1 to {IDS_MAX} ids, not {len(asked)}")
    return asked


def _send(conn: Connection, params: Mapping[str, str]) -> Exchange | Unreachable | Silent:
    """Send, and sort out what needs no look at the answer's text."""
    try:
        exchange = post_once(conn, {**params, "key": conn.api_key})
    except CallFailed as failure:
        outcome = Silent if failure.was_sent else Unreachable
        return outcome(evidence=str(failure), elapsed_ms=failure.elapsed_ms)
    if exchange.is_from_cloudflare and exchange.status in ORIGIN_NOT_REACHED:
        return Unreachable(
            evidence=conn.evidence(exchange.evidence("origin not reached")),
            http_status=exchange.status,
            elapsed_ms=exchange.elapsed_ms,
            retry_after_s=exchange.retry_after_s,
        )
    if exchange.status >= 500 or exchange.is_redirect:
        # Behind a redirect or a 5xx the order may have been placed before something broke.
        return _silent(conn, exchange, "")
    return exchange


def _judge(
    conn: Connection,
    exchange: Exchange,
    reply: wire.AddReply,
    finding: str,
    *,
    sent: Iterable[str],
) -> Accepted | Refused | Silent:
    if reply.upstream_id is not None:
        return Accepted(
            upstream_id=reply.upstream_id,
            warning=conn.mask(reply.error or ""),
            evidence=conn.evidence(exchange.evidence()),
            http_status=exchange.status,
            elapsed_ms=exchange.elapsed_ms,
        )
    if reply.error is not None:
        return _refused(conn, exchange, reply.error, sent=sent)
    if exchange.status == TOO_MANY_REQUESTS and reply.hint is None:
        return _refused(conn, exchange, "too many requests")
    return _silent(conn, exchange, finding or "no usable order id", hint=reply.hint)


def _request_each(
    conn: Connection, params: Mapping[str, str], ids: Sequence[str], read: _ReadResults
) -> Answered | Refused | Unreachable | Silent:
    exchange = _send(conn, params)
    if not isinstance(exchange, Exchange):
        return exchange
    try:
        document = wire.parse(exchange.text)
        results = {} if document.noise else read(document, ids)
    except wire.SaysError as error:
        return _refused(conn, exchange, str(error))
    except wire.Unreadable as problem:
        if exchange.status == TOO_MANY_REQUESTS:
            return _refused(conn, exchange, "too many requests")
        return _silent(conn, exchange, str(problem))
    if not results:
        return _silent(conn, exchange, "nothing usable about any of the orders")
    return Answered(
        results=results,
        evidence=conn.evidence(exchange.evidence()),
        http_status=exchange.status,
        elapsed_ms=exchange.elapsed_ms,
    )


def _refused(
    conn: Connection, exchange: Exchange, error: str, *, sent: Iterable[str] = ()
) -> Refused:
    is_limit = exchange.status == TOO_MANY_REQUESTS
    reason = wire.RefusalReason.RATE_LIMITED if is_limit else wire.refusal_reason(error, sent=sent)
    return Refused(
        reason=reason,
        error=conn.mask(error),
        retry_after_s=exchange.retry_after_s,
        evidence=conn.evidence(exchange.evidence()),
        http_status=exchange.status,
        elapsed_ms=exchange.elapsed_ms,
    )


def _silent(
    conn: Connection, exchange: Exchange, finding: str, *, hint: str | None = None
) -> Silent:
    return Silent(
        hint=hint,
        retry_after_s=exchange.retry_after_s,
        evidence=conn.evidence(exchange.evidence(finding)),
        http_status=exchange.status,
        elapsed_ms=exchange.elapsed_ms,
    )
