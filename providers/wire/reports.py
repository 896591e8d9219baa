"""What a provider says about orders and refills. Matched by id alone, never by position."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from providers.wire.body import Document, SaysError, Unreadable, error_text
from providers.wire.values import strict_decimal, strict_integer, strict_text, upstream_id
from providers.wire.words import (
    RefillState,
    RefusalReason,
    UpstreamState,
    fold,
    refill_state,
    refusal_reason,
    upstream_state,
)

WORD_MAX = 64
RAW_MAX = 2_000
CHILDREN_MAX = 1_000

_WRAPPERS = ("data", "orders", "refills", "result", "results")
_MESSAGES = ("message", "msg")
_FIGURES = ("charge", "remains", "remain", "start_count", "start_counter", "posts", "runs")
_ABOUT_THE_CALL = frozenset({RefusalReason.BAD_KEY, RefusalReason.RATE_LIMITED})

_Report = TypeVar("_Report")


@dataclass(frozen=True, slots=True)
class Problem:
    """The provider said something about this id that is no report: usually an error text."""

    text: str


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One order as its provider reports it. None means unusable or not said: ask again.

    `charge` is the provider's price, a memo; `orders` are the ids of drip-feed or subscription
    children; `raw` is the object as parsed, `text` the same for people to read.
    """

    upstream_id: str
    state: UpstreamState
    word: str
    charge: Decimal | None
    currency: str
    start_count: int | None
    remains: int | None
    runs: int | None
    orders: tuple[str, ...]
    posts: int | None
    expiry: str
    raw: dict[str, Any]

    @property
    def text(self) -> str:
        return raw_text(self.raw)


@dataclass(frozen=True, slots=True)
class RefillReport:
    """One refill as its provider reports it."""

    refill_id: str
    state: RefillState
    word: str


def read_statuses(document: Document, ids: Sequence[str]) -> dict[str, StatusReport | Problem]:
    """Reports by id. Ids that were not asked for are dropped, ids not answered are absent.

    Raises SaysError when the whole answer is an error, Unreadable when it is no answer.
    """
    value = document.value
    if len(ids) == 1 and _is_bare_status(value, ids[0]):
        return {ids[0]: _about_this_one(_status(value, ids[0]))}
    return {asked: _status(item, asked) for asked, item in _items(value, ids, "order")}


def read_refill_statuses(
    document: Document, ids: Sequence[str]
) -> dict[str, RefillReport | Problem]:
    """As read_statuses, for refill ids."""
    value = document.value
    if len(ids) == 1 and _is_bare_status(value, ids[0]):
        return {ids[0]: _about_this_one(_refill(value, ids[0]))}
    return {asked: _refill(item, asked) for asked, item in _items(value, ids, "refill")}


def raw_text(value: Any) -> str:
    """The value as compact JSON for people, cut at 2,000 characters; always storable."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except (RecursionError, ValueError):
        text = "not printable"
    return strict_text(text, limit=RAW_MAX)


def _is_bare_status(value: Any, asked: str) -> bool:
    return (
        isinstance(value, dict)
        and asked not in value
        and ("status" in value or error_text(value) is not None)
        and not any(isinstance(value.get(name), dict | list) for name in ("data", "result"))
        # A list of orders are the children of this one; an object of them is what was asked for.
        and not isinstance(value.get("orders"), dict)
    )


def _about_this_one(report: _Report | Problem) -> _Report | Problem:
    # A wrong key or a full queue says nothing about the one order that was asked for.
    if isinstance(report, Problem) and refusal_reason(report.text) in _ABOUT_THE_CALL:
        raise SaysError(report.text)
    return report


def _items(value: Any, ids: Sequence[str], name: str) -> Iterator[tuple[str, Any]]:
    """Pairs of an asked id and what was said about it, at most one for each."""
    said = _keyed(value, set(ids), name)
    return ((asked, said[asked]) for asked in ids if said.get(asked) is not None)


def _keyed(value: Any, asked: set[str], name: str) -> dict[str, Any]:
    if isinstance(value, list):
        return _by_own_id(value, name)
    if not isinstance(value, dict):
        raise Unreadable("no object of reports")
    if asked & value.keys():
        return value
    for wrapper in _WRAPPERS:
        if isinstance(value.get(wrapper), dict | list):
            return _keyed(value[wrapper], asked, name)
    problem = error_text(value)
    if problem is not None:
        raise SaysError(problem)
    return value


def _by_own_id(items: list[Any], name: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for item in items:
        if isinstance(item, dict):
            said[_own_id(item, name) or ""] = item
    said.pop("", None)
    if items and not said:
        problem = error_text(items[0])
        if problem is not None:
            raise SaysError(problem)
        raise Unreadable("a list without ids")
    return said


def _own_id(item: dict[str, Any], name: str) -> str | None:
    return next((upstream_id(item[key]) for key in (name, f"{name}_id", "id") if key in item), None)


def _status(item: Any, asked: str) -> StatusReport | Problem:
    problem = _problem(item)
    if problem is not None:
        return problem
    if _is_envelope(item):
        return Problem(f"nothing about the order: {raw_text(item)}")
    if _own_id({key: item[key] for key in ("order", "order_id") if key in item}, "order") not in (
        None,
        asked,
    ):
        return Problem("the answer is about another order")
    return _report(item, asked)


def _is_envelope(item: dict[str, Any]) -> bool:
    """Whether "success" is how the call went, not how the order ended: nothing is told of it."""
    is_success = isinstance(item["status"], str) and fold(item["status"]) == "success"
    return is_success and not any(name in item for name in _FIGURES)


def _report(item: dict[str, Any], asked: str) -> StatusReport:
    return StatusReport(
        upstream_id=asked,
        state=upstream_state(item["status"]),
        word=_word(item["status"]),
        charge=strict_decimal(item.get("charge")),
        currency=strict_text(item.get("currency"), limit=10),
        start_count=strict_integer(_first(item, "start_count", "start_counter")),
        remains=strict_integer(_first(item, "remains", "remain")),
        runs=strict_integer(item.get("runs")),
        orders=_children(item.get("orders")),
        posts=strict_integer(item.get("posts")),
        expiry=strict_text(item.get("expiry"), limit=WORD_MAX),
        raw=item,
    )


def _refill(item: Any, asked: str) -> RefillReport | Problem:
    if isinstance(item, str) and refill_state(item) is not RefillState.UNKNOWN:
        return RefillReport(asked, refill_state(item), _word(item))
    problem = _problem(item)
    if problem is not None:
        return problem
    word = item["status"]
    if isinstance(word, dict | list):
        return Problem(error_text(word) or raw_text(word))
    return RefillReport(asked, refill_state(word), _word(word))


def _problem(item: Any) -> Problem | None:
    if not isinstance(item, dict):
        return Problem(strict_text(item, limit=RAW_MAX) or raw_text(item))
    beside_status = error_text({key: item[key] for key in item if key != "status"})
    if beside_status is not None:
        return Problem(beside_status)
    if "status" not in item:
        return Problem(f"no status: {raw_text(item)}")
    # "Error" is also the state of an order; only with a message and without figures it is not.
    has_figures = "charge" in item or "remains" in item
    is_told = any(name in item for name in _MESSAGES) and not has_figures
    told = error_text(item) if is_told else None
    return None if told is None else Problem(told)


def _word(word: Any) -> str:
    return strict_text(word, limit=WORD_MAX) or strict_text(raw_text(word), limit=WORD_MAX)


def _children(value: Any) -> tuple[str, ...]:
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list):
        return ()
    ids = (upstream_id(child) for child in listed[:CHILDREN_MAX])
    return tuple(one for one in ids if one is not None)


def _first(item: dict[str, Any], *names: str) -> Any:
    return next((item[name] for name in names if name in item), None)
