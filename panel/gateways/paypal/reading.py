"""PayPal's orders and disputes in our words ("Orders v2", "Disputes"). No network needed."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from orders.payments.standing import Standing, State
from panel.gateways.amounts import money
from panel.gateways.paypal import disputing
from panel.gateways.protocol import GatewayFailed

# "Capture status": the money came, even where some of it went back since.
TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
NOT_TAKEN = frozenset({"DECLINED", "FAILED"})
PENDING = "PENDING"
FULLY_REFUNDED = "REFUNDED"
# "Refund status": on its way, or there.
REFUNDED = frozenset({"COMPLETED", "PENDING"})
REFUND_MARK = "."
"""Between our token and the key of a refund, in the refund's custom_id."""

Object = Mapping[str, Any]


def standing_of(order: Object, disputes: Iterable[Object]) -> Standing:
    """How an order stands, with the disputes about its captures (resolved ones in full)."""
    unit = unit_of(order)
    taken = [capture for capture in captures_of(order) if capture.get("status") in TAKEN]
    state = _state(order, taken)
    paid = _sum(taken)
    currency, disputes = _currency(unit, taken), list(disputes)
    return Standing(
        state=state,
        paid=paid if taken else None,
        currency=currency,
        refunded=_refunded(order, taken, paid),
        disputed=any(map(disputing.is_open, disputes)),
        dispute_lost=any(map(disputing.is_lost, disputes)),
        disputed_amount=disputing.contested(disputes, _theirs(order), currency=currency),
        reference=str(order.get("id") or ""),
        merchant_reference=str(unit.get("custom_id") or ""),
        fee=_fee(taken),
    )


def unit_of(order: Object) -> Object:
    """The only purchase unit. Raises GatewayFailed: ours have exactly one."""
    units = order.get("purchase_units") or []
    if len(units) != 1:
        raise GatewayFailed(f"PayPal's order has {len(units)} purchase units instead of one.")
    return units[0]


def captures_of(order: Object) -> list[Object]:
    return list((unit_of(order).get("payments") or {}).get("captures") or [])


def refunds_of(order: Object) -> list[Object]:
    return list((unit_of(order).get("payments") or {}).get("refunds") or [])


def link(thing: Object, *names: str) -> str:
    """The address of the first of its links that has one of these names, or ""."""
    links = thing.get("links") or []
    return next((str(one.get("href") or "") for one in links if one.get("rel") in names), "")


def _state(order: Object, taken: list[Object]) -> str:
    if taken:
        return State.PAID
    if order.get("status") == "VOIDED":
        return State.FAILED
    if order.get("status") != "COMPLETED":
        return State.OPEN
    statuses = {str(capture.get("status")) for capture in captures_of(order)}
    if PENDING in statuses:
        return State.OPEN
    # What is neither money nor none is a word that only a person can read.
    return next(iter(sorted(statuses - NOT_TAKEN)), State.FAILED)


def _currency(unit: Object, taken: list[Object]) -> str:
    currencies = {(capture.get("amount") or {}).get("currency_code") for capture in taken}
    if len(currencies) > 1:
        raise GatewayFailed("PayPal's order was paid in several currencies.")
    asked = (unit.get("amount") or {}).get("currency_code")
    return str(next(iter(currencies), asked) or "").upper()


def _refunded(order: Object, taken: list[Object], paid: Decimal) -> Decimal:
    listed = _sum(_moved_back(order))
    # A payment that PayPal reversed by itself need not list a refund.
    is_reversed = bool(taken) and all(one.get("status") == FULLY_REFUNDED for one in taken)
    return max(listed, paid) if is_reversed else listed


def _moved_back(order: Object) -> list[Object]:
    return [refund for refund in refunds_of(order) if refund.get("status") in REFUNDED]


def _theirs(order: Object) -> list[Object]:
    """The refunds without a mark of ours."""
    mark = f"{unit_of(order).get('custom_id')}{REFUND_MARK}"
    moved = _moved_back(order)
    return [one for one in moved if not str(one.get("custom_id") or "").startswith(mark)]


def _sum(moved: list[Object]) -> Decimal:
    return sum((money(one.get("amount")) for one in moved), Decimal(0))


def _fee(taken: list[Object]) -> Decimal | None:
    fees = [(one.get("seller_receivable_breakdown") or {}).get("paypal_fee") for one in taken]
    return sum((money(fee) for fee in fees), Decimal(0)) if taken and all(fees) else None
