"""PayPal's orders and disputes in our words ("Orders v2", "Disputes"). No network needed."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from orders.payments.standing import Standing, State
from panel.gateways.amounts import money
from panel.gateways.protocol import GatewayFailed

# "Capture status": the money came, even where some of it went back since.
TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
NOT_TAKEN = frozenset({"DECLINED", "FAILED"})
PENDING = "PENDING"
FULLY_REFUNDED = "REFUNDED"
# "Refund status": on its way, or there.
REFUNDED = frozenset({"COMPLETED", "PENDING"})

RESOLVED = "RESOLVED"
# "Dispute outcome": whatever is in neither list leaves the money in dispute, for a person.
OUTCOMES_LOST = frozenset({"RESOLVED_BUYER_FAVOUR", "ACCEPTED"})
OUTCOMES_WON = frozenset(
    {"RESOLVED_SELLER_FAVOUR", "CANCELED_BY_BUYER", "DENIED", "RESOLVED_WITH_PAYOUT"}
)

Object = Mapping[str, Any]


def standing_of(order: Object, disputes: Iterable[Object]) -> Standing:
    """How an order stands, with the disputes about its captures (resolved ones in full)."""
    unit = unit_of(order)
    taken = [capture for capture in captures_of(order) if capture.get("status") in TAKEN]
    state = _state(order, taken)
    paid = _sum(taken)
    outcomes = [_outcome(dispute) for dispute in disputes]
    return Standing(
        state=state,
        paid=paid if taken else None,
        currency=_currency(unit, taken),
        refunded=_refunded(unit, taken, paid),
        disputed=any(outcome not in OUTCOMES_WON | OUTCOMES_LOST for outcome in outcomes),
        dispute_lost=any(outcome in OUTCOMES_LOST for outcome in outcomes),
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


def _refunded(unit: Object, taken: list[Object], paid: Decimal) -> Decimal:
    refunds = (unit.get("payments") or {}).get("refunds") or []
    listed = _sum([refund for refund in refunds if refund.get("status") in REFUNDED])
    # A payment that PayPal reversed by itself need not list a refund.
    is_reversed = bool(taken) and all(one.get("status") == FULLY_REFUNDED for one in taken)
    return max(listed, paid) if is_reversed else listed


def _sum(moved: list[Object]) -> Decimal:
    return sum((money(one.get("amount")) for one in moved), Decimal(0))


def _fee(taken: list[Object]) -> Decimal | None:
    fees = [(one.get("seller_receivable_breakdown") or {}).get("paypal_fee") for one in taken]
    return sum((money(fee) for fee in fees), Decimal(0)) if taken and all(fees) else None


def _outcome(dispute: Object) -> str:
    if dispute.get("status") != RESOLVED:
        return "OPEN"
    return str((dispute.get("dispute_outcome") or {}).get("outcome_code") or "")
