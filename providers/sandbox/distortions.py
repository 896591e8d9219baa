"""How faults change an answer: first its value, then its bytes."""

import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from providers.sandbox.faults import Fault, first

HTML_PAGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>...</body></html>"
)
PHP_WARNING = (
    b"<br />\n<b>Warning</b>:  Undefined array key [0] in <b>/var/www/api/v2.php</b>"
    b" on line <b>118</b><br />\n"
)
FOREIGN_REPORT = {
    "charge": "9.99",
    "start_count": "1",
    "status": "Canceled",
    "remains": "1",
    "currency": "USD",
}
MALFORMED_ROWS: tuple[Any, ...] = (
    None,
    "service",
    [],
    {},
    {"service": None, "name": "No id", "rate": "1", "min": "1", "max": "10"},
    {"service": "m1", "name": "Free", "rate": "free", "min": "1", "max": "10"},
    {"service": "m2", "name": "Below zero", "rate": "-1", "min": "1", "max": "10"},
    {"service": "m3", "name": "Upside down", "rate": "1", "min": "100", "max": "10"},
    {"service": "m4", "name": "No end", "rate": "1", "min": "1", "max": "1000000000000"},
    {"service": "m5", "name": "", "rate": "1", "min": "1", "max": "10"},
    {"service": "m6", "name": "Not a number", "rate": "NaN", "min": "ten", "max": "10"},
)


def distort_value(value: Any, faults: list[Fault]) -> Any:
    """The JSON value with every fault of values applied, in their order."""
    for fault in faults:
        distort = _VALUES.get(fault.kind)
        if distort is not None:
            value = distort(value, fault.value)
    return value


def distort_body(value: Any, faults: list[Fault]) -> tuple[bytes, dict[str, str]]:
    """The bytes to send and the headers that these faults add."""
    raw = first(faults, "raw")
    body = str(raw.value).encode() if raw is not None else json.dumps(value).encode()
    headers: dict[str, str] = {}
    for fault in faults:
        distort = _BODIES.get(fault.kind)
        if distort is not None:
            body = distort(body)
        if fault.kind == "gzip":
            headers["Content-Encoding"] = "gzip"
        if fault.kind == "html200":
            headers["Content-Type"] = "text/html; charset=UTF-8"
    return body, headers


def _each_report(change: Callable[[dict[str, Any], Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(value: Any, argument: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if "status" in value:
            return change(value, argument)
        return {
            one: change(report, argument) if isinstance(report, dict) else report
            for one, report in value.items()
        }

    return apply


def _each_row(change: Callable[[dict[str, Any], Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(value: Any, argument: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [change(row, argument) for row in value]

    return apply


def _missing_ids(value: Any, ids: Any) -> Any:
    if not isinstance(value, dict):
        return value
    gone = {str(one) for one in ids} if isinstance(ids, list) else set(list(value)[: int(ids or 1)])
    return {one: report for one, report in value.items() if one not in gone}


def _reprice(row: dict[str, Any], factor: Any) -> dict[str, Any]:
    return {**row, "rate": format(Decimal(row["rate"]) * Decimal(str(factor)), "f")}


_VALUES: dict[str, Callable[[Any, Any], Any]] = {
    "json": lambda _, given: given,
    "unknown_word": _each_report(lambda report, word: {**report, "status": word}),
    "missing_ids": _missing_ids,
    "foreign_ids": lambda value, ids: {
        **value,
        **{str(one): FOREIGN_REPORT for one in ids or ["7"]},
    },
    "reuse_id": lambda value, number: {**value, "order": number},
    "no_id": lambda _, given: given if given is not None else {"status": "success"},
    "price_factor": _each_row(_reprice),
    "renamed": _each_row(lambda row, text: {**row, "name": f"{row['name']} {text or 'renamed'}"}),
    "shrink": lambda rows, size: rows[: int(size)],
    "empty_list": lambda _, given: given if given is not None else [],
    "error_list": lambda _, text: {"error": text or "Internal error"},
    "malformed_rows": lambda rows, _: [*MALFORMED_ROWS, *rows],
    "duplicate_ids": lambda rows, count: [*rows, *rows[: int(count or 1)]],
}

_BODIES: dict[str, Callable[[bytes], bytes]] = {
    "html200": lambda _: HTML_PAGE,
    "empty": lambda _: b"",
    "truncated": lambda body: body[: max(1, len(body) * 2 // 3)],
    "bom": lambda body: b"\xef\xbb\xbf" + body,
    "php_warning": lambda body: PHP_WARNING + body,
    "gzip": gzip.compress,
}
