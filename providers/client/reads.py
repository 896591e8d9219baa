"""Calls that change nothing: they may be repeated, and raise ProviderFailed."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TypeVar

from providers import wire
from providers.client.connection import Connection
from providers.client.outcomes import ProviderFailed, ServiceList
from providers.client.transport import (
    ANSWER_MAX_BYTES,
    SERVICES_MAX_BYTES,
    CallFailed,
    Exchange,
    post_read,
)

IDS_MAX = 100

_Read = TypeVar("_Read")
_Report = TypeVar("_Report")


def services(conn: Connection) -> ServiceList:
    """The provider's whole list, good rows and skipped ones. An empty list is not an error."""
    exchange = _fetch(conn, {"action": "services"}, limit=SERVICES_MAX_BYTES)
    offers, skipped = _read(conn, exchange, wire.read_services)
    return ServiceList(
        offers=offers,
        skipped=skipped,
        moved_to=None if exchange.url == conn.url else exchange.url,
        elapsed_ms=exchange.elapsed_ms,
    )


def statuses(conn: Connection, ids: Sequence[str]) -> dict[str, wire.StatusReport | wire.Problem]:
    """Reports by upstream id, asked for 100 at a time. An id that is absent is unknown."""
    return _in_chunks(conn, ids, action="status", name="order", read=wire.read_statuses)


def refill_statuses(
    conn: Connection, refill_ids: Sequence[str]
) -> dict[str, wire.RefillReport | wire.Problem]:
    """As statuses, for the ids that the provider gave to refills."""
    return _in_chunks(
        conn, refill_ids, action="refill_status", name="refill", read=wire.read_refill_statuses
    )


def balance(conn: Connection) -> tuple[Decimal, str]:
    """What is left of our money there, and its currency ("" when not said)."""
    return _read(conn, _fetch(conn, {"action": "balance"}), wire.read_balance)


def _in_chunks(
    conn: Connection,
    ids: Sequence[str],
    *,
    action: str,
    name: str,
    read: Callable[..., dict[str, _Report]],
) -> dict[str, _Report]:
    unique = list(dict.fromkeys(ids))
    reports: dict[str, _Report] = {}
    for start in range(0, len(unique), IDS_MAX):
        chunk = unique[start : start + IDS_MAX]
        asked = {name: chunk[0]} if len(chunk) == 1 else {f"{name}s": ",".join(chunk)}
        exchange = _fetch(conn, {"action": action, **asked})
        reports |= _read(conn, exchange, partial(read, ids=chunk))
    return reports


def _fetch(
    conn: Connection, params: Mapping[str, str], *, limit: int = ANSWER_MAX_BYTES
) -> Exchange:
    try:
        exchange = post_read(conn, {"key": conn.api_key, **params}, limit=limit)
    except CallFailed as failure:
        raise ProviderFailed(str(failure), elapsed_ms=failure.elapsed_ms) from None
    if exchange.status >= 500 or exchange.status == 429 or exchange.is_redirect:
        reason = wire.RefusalReason.RATE_LIMITED if exchange.status == 429 else None
        raise _failed(conn, exchange, "", reason)
    return exchange


def _read(conn: Connection, exchange: Exchange, read: Callable[[wire.Document], _Read]) -> _Read:
    try:
        return read(wire.parse(exchange.text))
    except wire.SaysError as error:
        raise _failed(conn, exchange, str(error), wire.refusal_reason(str(error))) from None
    except wire.Unreadable as problem:
        raise _failed(conn, exchange, str(problem), None) from None


def _failed(
    conn: Connection, exchange: Exchange, finding: str, reason: wire.RefusalReason | None
) -> ProviderFailed:
    return ProviderFailed(
        conn.evidence(exchange.evidence(finding)),
        reason=reason,
        http_status=exchange.status,
        elapsed_ms=exchange.elapsed_ms,
        retry_after_s=exchange.retry_after_s,
    )
