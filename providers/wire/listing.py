"""A provider's price list, row by row: a bad row is skipped and reported, it stops nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from providers.wire.body import Document, SaysError, Unreadable, error_text
from providers.wire.values import ID_MAX, flag, strict_decimal, strict_integer, strict_text

# The widths of the columns in providers.models; a test keeps them together.
NAME_MAX = 500
CATEGORY_MAX = 250
TYPE_MAX = 64
TIME_MAX = 100
DESCRIPTION_MAX = 10_000
COST_DIGITS_MAX = 10
QUANTITY_MAX = 999_999_999

_WRAPPERS = ("data", "services", "result", "results")


@dataclass(frozen=True, slots=True)
class ListedOffer:
    """One usable row of a list; cost in the provider's currency, as sent (per 1000 or package)."""

    upstream_id: str
    name: str
    category: str
    type: str
    cost: Decimal
    min: int
    max: int
    refill: bool
    cancel: bool
    dripfeed: bool
    description: str
    average_time: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was left out, and why. `row_index` counts from 0."""

    row_index: int
    upstream_id: str
    reason: str


class _BadRow(Exception):
    """A row that cannot be sold; the text says why."""


def read_services(document: Document) -> tuple[list[ListedOffer], list[Skipped]]:
    """Offers in the order of the list, the last of equal ids winning, and the skipped rows.

    Raises SaysError or Unreadable when the answer is no list at all.
    """
    offers: dict[str, tuple[int, ListedOffer]] = {}
    skipped: list[Skipped] = []
    for index, row in enumerate(_rows(document.value)):
        try:
            offer = _offer(row)
        except _BadRow as problem:
            skipped.append(Skipped(index, _id(row), str(problem)))
            continue
        if offer.upstream_id in offers:
            earlier = offers.pop(offer.upstream_id)[0]
            skipped.append(Skipped(earlier, offer.upstream_id, f"repeated in row {index}"))
        offers[offer.upstream_id] = (index, offer)
    return [offer for _, offer in offers.values()], skipped


def _rows(value: Any) -> Iterable[Any]:
    if isinstance(value, list):
        return _told_as_row(value)
    problem = error_text(value)
    if problem is not None:
        raise SaysError(problem)
    if not isinstance(value, dict):
        raise Unreadable("no list of services")
    for name in _WRAPPERS:
        if name in value:
            return _wrapped(value[name])
    if value and all(isinstance(row, dict) for row in value.values()):
        return value.values()
    raise Unreadable("no list of services")


def _told_as_row(rows: list[Any]) -> list[Any]:
    # `[{"error": "Invalid API key"}]` is an error, not a list with a bad row.
    problem = error_text(rows[0]) if len(rows) == 1 else None
    if problem is not None and not _id(rows[0]):
        raise SaysError(problem)
    return rows


def _wrapped(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, list):
        return value
    if value is None or isinstance(value, str):  # "Empty Data"
        return []
    raise Unreadable("no list of services")


def _offer(row: Any) -> ListedOffer:
    if not isinstance(row, dict):
        raise _BadRow("not an object")
    minimum, maximum = _limits(row)
    return ListedOffer(
        upstream_id=_id(row) or _refuse("no usable id"),
        name=strict_text(row.get("name"), limit=NAME_MAX) or _refuse("no name"),
        category=strict_text(row.get("category"), limit=CATEGORY_MAX),
        type=strict_text(row.get("type"), limit=TYPE_MAX),
        cost=_cost(row.get("rate")),
        min=minimum,
        max=maximum,
        refill=flag(row.get("refill")),
        cancel=flag(row.get("cancel")),
        dripfeed=flag(row.get("dripfeed")),
        description=strict_text(row.get("description") or row.get("desc"), limit=DESCRIPTION_MAX),
        average_time=strict_text(row.get("average_time"), limit=TIME_MAX),
    )


def _id(row: Any) -> str:
    """Any text of up to 64 characters; never a cut one, it would be another service's."""
    if not isinstance(row, dict):
        return ""
    for name in ("service", "service_id", "id"):
        if name in row:
            text = strict_text(row[name], limit=ID_MAX + 1)
            return text if len(text) <= ID_MAX and not isinstance(row[name], Decimal) else ""
    return ""


def _cost(rate: Any) -> Decimal:
    # Rounded up: a cost that is read too low is sold at a loss.
    cost = strict_decimal(rate, rounding=ROUND_CEILING)
    if cost is None or cost <= 0:
        raise _BadRow("rate is not a positive number")
    if cost >= 10**COST_DIGITS_MAX:
        raise _BadRow("rate is too large")
    return cost


def _limits(row: dict[str, Any]) -> tuple[int, int]:
    minimum, maximum = strict_integer(row.get("min")), strict_integer(row.get("max"))
    if minimum is None or maximum is None:
        raise _BadRow("min or max is not a whole number")
    if minimum < 1:
        raise _BadRow("min is 0")
    if minimum > maximum:
        raise _BadRow("min is above max")
    if maximum > QUANTITY_MAX:
        raise _BadRow("max is too large")
    return minimum, maximum


def _refuse(reason: str) -> str:
    raise _BadRow(reason)
