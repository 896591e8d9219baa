"""What would give money later, opened by the second person: vouchers, promo codes, credit."""

from typing import Any

from django.http import HttpRequest

from orders import dealing
from orders.payments import promos, vouchers
from panel.backoffice import auditing
from panel.backoffice.access import Staff
from panel.models import FundsRequest

RELEASED = ({"is_released": False}, {"is_released": True})


def open_vouchers(request: HttpRequest, staff: Staff, wanted: FundsRequest) -> None:
    """From now on the codes of the batch can be fetched, once."""
    vouchers.release(wanted.subject_id)
    if wanted.wants_second:  # making it was written down by whoever did it alone
        _record(request, staff, "vouchers.release", "vouchers", wanted, *RELEASED)


def open_promo(request: HttpRequest, staff: Staff, wanted: FundsRequest) -> None:
    """From now on customers can use the code."""
    promos.open_waiting(wanted.subject_id)
    if wanted.wants_second:
        _record(request, staff, "promo.release", "promo", wanted, *RELEASED)


def raise_credit(request: HttpRequest, staff: Staff, wanted: FundsRequest) -> None:
    """By the amount asked for, whatever the limit is by now."""
    before = dealing.raise_credit_limit(wanted.subject_id, wanted.amount)
    old, new = {"credit_limit": before}, {"credit_limit": before + wanted.amount}
    _record(request, staff, "customer.terms", "customer", wanted, old, new)


def _record(
    request: HttpRequest,
    staff: Staff,
    action: str,
    subject: str,
    wanted: FundsRequest,
    old: dict[str, Any],
    new: dict[str, Any],
) -> None:
    auditing.record(
        request,
        staff,
        action,
        subject=subject,
        subject_id=wanted.subject_id,
        old=old,
        new=new | ({"asked_by": wanted.asked_by} if wanted.wants_second else {}),
        reason=wanted.reason,
    )
