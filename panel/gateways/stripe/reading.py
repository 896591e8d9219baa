"""Stripe's objects in our words. Nothing here needs a network."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from orders.payments.standing import Standing, State
from panel.gateways.stripe.counting import uncounted

# "Dispute.status": a warning or a prevented dispute has moved no money; an appeal follows a loss.
DISPUTE_OPEN = frozenset(
    {"needs_response", "under_review", "appeal_needs_response", "appeal_under_review"}
)
DISPUTE_LOST = "lost"
# "PaymentIntent.status" after the customer has been through the checkout.
INTENT_ENDED = frozenset({"canceled", "requires_payment_method"})

Object = Mapping[str, Any]


def standing_of(session: Object, disputes: Iterable[Object]) -> Standing:
    """How a checkout session stands; its payment intent, charge and fee are expanded in it."""
    intent = session.get("payment_intent") or {}
    charge = intent.get("latest_charge") or {}
    disputes = list(disputes)
    statuses = {dispute.get("status") for dispute in disputes}
    currency = str(intent.get("currency") or session.get("currency") or "").upper()
    state = _state(session, intent)
    return Standing(
        state=state,
        paid=uncounted(intent.get("amount_received"), currency) if state == State.PAID else None,
        currency=currency,
        refunded=uncounted(charge.get("amount_refunded", 0), currency),
        disputed=bool(statuses & DISPUTE_OPEN),
        dispute_lost=DISPUTE_LOST in statuses,
        disputed_amount=_contested(disputes, currency),
        reference=str(session.get("id") or ""),
        merchant_reference=str(session.get("client_reference_id") or ""),
        fee=_fee(charge, currency),
    )


def intent_of(thing: Object) -> str:
    """The id of the payment intent that an event's object belongs to, or ""."""
    if thing.get("object") == "payment_intent":
        return str(thing.get("id") or "")
    intent = thing.get("payment_intent")
    return str(intent.get("id") if isinstance(intent, Mapping) else intent or "")


def _state(session: Object, intent: Object) -> State:
    if session.get("payment_status") == "paid":
        return State.PAID
    if session.get("status") == "expired":
        return State.EXPIRED
    if session.get("status") == "complete" and intent.get("status") in INTENT_ENDED:
        return State.FAILED
    return State.OPEN


def _contested(disputes: list[Object], currency: str) -> Decimal | None:
    """How much is in dispute or was lost in one; None where it is counted in another currency."""
    taking = [one for one in disputes if one.get("status") in DISPUTE_OPEN | {DISPUTE_LOST}]
    if any(str(one.get("currency") or "").upper() != currency for one in taking):
        return None
    return sum((uncounted(one.get("amount"), currency) for one in taking), Decimal(0))


def _fee(charge: Object, currency: str) -> Decimal | None:
    # Counted in the currency of the operator's account, which need not be the one that was paid.
    booked = charge.get("balance_transaction")
    if not isinstance(booked, Mapping) or str(booked.get("currency", "")).upper() != currency:
        return None
    return uncounted(booked.get("fee"), currency)
