"""PayPal's disputes in our words ("Disputes"): open, lost or won, and over how much."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime

from panel.gateways.amounts import read

RESOLVED = "RESOLVED"
# "Dispute outcome": whatever is in neither list leaves the money in dispute, for a person.
OUTCOMES_LOST = frozenset({"RESOLVED_BUYER_FAVOUR", "ACCEPTED"})
OUTCOMES_WON = frozenset(
    {"RESOLVED_SELLER_FAVOUR", "CANCELED_BY_BUYER", "DENIED", "RESOLVED_WITH_PAYOUT"}
)

Object = Mapping[str, Any]


def is_open(dispute: Object) -> bool:
    """Also one of which nobody can say how it ended."""
    return _outcome(dispute) not in OUTCOMES_WON | OUTCOMES_LOST


def is_lost(dispute: Object) -> bool:
    return _outcome(dispute) in OUTCOMES_LOST


def contested(
    disputes: Iterable[Object], refunds: Iterable[Object], *, currency: str
) -> Decimal | None:
    """How much is in dispute or was lost in one, beyond the ``refunds``; None: unreadable.

    ``refunds`` are those that we did not start. Those after a dispute began may be what it is
    about: PayPal lists what a lost one cost, and operators pay back to end one. Nothing is taken
    twice.
    """
    taking = [dispute for dispute in disputes if is_open(dispute) or is_lost(dispute)]
    total = Decimal(0)
    for dispute in taking:
        amount = _amount(dispute, currency)
        if amount is None:
            return None
        total += amount
    return max(total - _listed_since(taking, refunds), Decimal(0))


def _outcome(dispute: Object) -> str:
    if dispute.get("status") != RESOLVED:
        return "OPEN"
    return str((dispute.get("dispute_outcome") or {}).get("outcome_code") or "")


def _amount(dispute: Object, currency: str) -> Decimal | None:
    """What it is about; what it cost once it is lost. None where nothing readable is told."""
    about = dispute.get("dispute_amount")
    cost = (dispute.get("dispute_outcome") or {}).get("amount_refunded")
    for told in (cost, about) if is_lost(dispute) else (about,):
        if isinstance(told, Mapping) and str(told.get("currency_code")).upper() == currency:
            amount = read(told.get("value"))
            if amount is not None and amount > 0:
                return amount
    return None


def _listed_since(disputes: list[Object], refunds: Iterable[Object]) -> Decimal:
    """The refunds that were made after one of the disputes began, or may have been."""
    began = [_moment(dispute) for dispute in disputes]
    total = Decimal(0)
    for refund in refunds if disputes else ():
        at = _moment(refund)
        if at is None or any(moment is None or at >= moment for moment in began):
            total += read((refund.get("amount") or {}).get("value")) or Decimal(0)
    return total


def _moment(thing: Object) -> datetime | None:
    try:
        moment = parse_datetime(str(thing.get("create_time") or ""))
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
