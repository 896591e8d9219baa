"""The replies to calls that change something: add, refill, cancel; and the balance."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from providers.wire.body import Document, SaysError, Unreadable, error_text
from providers.wire.reports import Problem, raw_text
from providers.wire.values import flag, strict_decimal, strict_integer, strict_text, upstream_id
from providers.wire.words import fold

CURRENCY_MAX = 10

_REQUESTED_WORDS = frozenset({"true", "success", "ok", "yes", "requested"})


@dataclass(frozen=True, slots=True)
class AddReply:
    """What a reply to `add` says. Exactly one of the two is set when it can be relied on.

    `hint` is an id that is only evidence: it stood behind noise, or beside an error under a name
    that may as well be a request's id.
    """

    upstream_id: str | None = None
    error: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Requested:
    """The provider took a refill (`reference` is its id) or a cancel; nothing is done yet."""

    reference: str


def read_add(document: Document) -> AddReply:
    """The id or the error of an add reply; neither when it is silent."""
    value, error = document.value, error_text(document.value)
    named, loose = _order_id(value)
    if document.noise:
        return AddReply(hint=named or loose)
    if named is not None:
        return AddReply(upstream_id=named, error=error)
    if error is not None:
        return AddReply(hint=loose) if loose else AddReply(error=error)
    return AddReply(upstream_id=loose)


def read_refills(document: Document, ids: Sequence[str]) -> dict[str, Requested | Problem]:
    """By order id; ids about which nothing usable was said are absent.

    Raises SaysError when the whole answer is an error, Unreadable when it is no answer.
    """
    return _read_each(document.value, ids, "refill", _refill)


def read_cancels(document: Document, ids: Sequence[str]) -> dict[str, Requested | Problem]:
    """As read_refills. `1` means requested, not canceled."""
    return _read_each(document.value, ids, "cancel", _cancel)


def read_balance(document: Document) -> tuple[Decimal, str]:
    """The balance and its currency ("" when not said). Raises SaysError or Unreadable."""
    value = document.value
    problem = error_text(value)
    if problem is not None:
        raise SaysError(problem)
    if isinstance(value, dict) and "balance" not in value:
        value = value.get("data")
    balance = strict_decimal(value.get("balance")) if isinstance(value, dict) else None
    if balance is None:
        raise Unreadable("no usable balance")
    return balance, strict_text(value.get("currency"), limit=CURRENCY_MAX).upper()


def _order_id(value: Any) -> tuple[str | None, str | None]:
    """The id under a name that can only be an order's, and the one under plain `id`."""
    if not isinstance(value, dict):
        return None, None
    data = value.get("data")
    inner = data if isinstance(data, dict) else {}
    for source in (value, inner):
        for name in ("order", "order_id"):
            # The first that is there decides: {"order": 0, "id": 7} has no order.
            if name in source:
                return upstream_id(source[name]), None
    return None, upstream_id(value["id"] if "id" in value else inner.get("id"))


_ReadOne = Callable[[Any], Requested | Problem | None]


def _read_each(
    value: Any, ids: Sequence[str], name: str, read: _ReadOne
) -> dict[str, Requested | Problem]:
    if isinstance(value, dict) and len(ids) == 1 and name in value:
        # The form for one order names no order: it can only be about the one that was asked for.
        own = upstream_id(value.get("order"))
        pairs: Iterator[tuple[str, Any]] = iter([(own or ids[0], value[name])])
    else:
        pairs = _pairs(value, name)
    wanted = set(ids)
    read_ones = ((asked, read(item)) for asked, item in pairs if asked in wanted)
    return {asked: result for asked, result in read_ones if result is not None}


def _pairs(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    problem = error_text(value[0] if isinstance(value, list) and len(value) == 1 else value)
    if problem is not None and not _names_order(value):
        raise SaysError(problem)
    if isinstance(value, dict) and isinstance(value.get("data"), dict | list):
        value = value["data"]
    if isinstance(value, list):
        return _listed(value, name)
    if isinstance(value, dict):
        return ((key, _inner(item, name)) for key, item in value.items())
    raise Unreadable("no list of answers")


def _names_order(value: Any) -> bool:
    return isinstance(value, list) and isinstance(value[0], dict) and "order" in value[0]


def _listed(items: list[Any], name: str) -> Iterator[tuple[str, Any]]:
    for item in items:
        own = upstream_id(item.get("order")) if isinstance(item, dict) else None
        if own is not None:
            yield own, _inner(item, name)


def _inner(item: Any, name: str) -> Any:
    """The answer inside one item: `{"refill": 1}`, `{"error": …}` or the bare value."""
    if isinstance(item, Mapping):
        return item[name] if name in item else dict(item)
    return item


def _refill(answer: Any) -> Requested | Problem | None:
    reference = upstream_id(answer)
    # A text without a digit is a sentence of one word ("Declined"), not a reference.
    if reference is not None and any(character.isdigit() for character in reference):
        return Requested(reference)
    return _told(answer)


def _cancel(answer: Any) -> Requested | Problem | None:
    number = strict_integer(answer)
    if flag(answer) or number or (isinstance(answer, str) and fold(answer) in _REQUESTED_WORDS):
        return Requested(raw_text(answer))
    return _told(answer)


def _told(answer: Any) -> Problem | None:
    if answer is None:
        return None
    error = error_text(answer)
    return Problem(error or strict_text(answer, limit=500) or raw_text(answer))
