"""What each purpose of a request books: one table.

A deed runs inside the transaction that marks the request as booked, and raises one of REFUSALS
when it cannot be done; then nothing has happened.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from orders import correcting, dealing, ledger
from orders.closing import OrderMoved
from orders.payments import PaymentRefused
from panel.backoffice import auditing
from panel.backoffice.access import Staff
from panel.backoffice.approvals import bonuses, ending, opening, payments
from panel.backoffice.intake import drafting, starting
from panel.models import FundsRequest

Purpose = FundsRequest.Purpose
REFUSALS = (
    ledger.InsufficientBalance,
    ledger.MayNotSpend,
    ledger.AlreadyBooked,
    drafting.NoDraft,
    bonuses.ChangedMeanwhile,
    correcting.CannotCorrect,
    OrderMoved,
    PaymentRefused,
)
Perform = Callable[[HttpRequest, Staff, FundsRequest], None]


@dataclass(frozen=True, slots=True)
class Deed:
    """``perform`` books it, in the name of who asked; ``page`` shows the subject, by its id
    if it is ``one``."""

    perform: Perform
    page: str
    one: bool = True


def give_or_take(request: HttpRequest, staff: Staff, wanted: FundsRequest) -> None:
    """Move one customer's balance. ``staff`` is whoever gave the last word."""
    entry = dealing.adjust_funds(
        wanted.subject_id,
        wanted.amount,
        cause=f"staff:{wanted.token}",
        reason=wanted.reason,
        actor=str(wanted.asked_by),
    )
    auditing.record(
        request,
        staff,
        "customer.funds",
        subject="customer",
        subject_id=wanted.subject_id,
        old={"balance": entry.balance_after - entry.amount},
        new={
            "balance": entry.balance_after,
            "amount": entry.amount,
            "entry": entry.number,
            **({"asked_by": wanted.asked_by} if wanted.wants_second else {}),
        },
        reason=wanted.reason,
    )


DEEDS: dict[str, Deed] = {
    Purpose.FUNDS: Deed(give_or_take, "staff_customer"),
    Purpose.IMPORT: Deed(starting.start_wanted, "staff_intake_file"),
    Purpose.IMPORT_BACK: Deed(starting.go_back_wanted, "staff_intake_file"),
    Purpose.CONFIRM: Deed(payments.confirm, "staff_payment"),
    Purpose.CREDIT: Deed(payments.credit, "staff_payment"),
    Purpose.REFUND: Deed(payments.refund, "staff_payment"),
    Purpose.VOUCHERS: Deed(opening.open_vouchers, "staff_vouchers"),
    Purpose.PROMO: Deed(opening.open_promo, "staff_bonuses", one=False),
    Purpose.CREDIT_LIMIT: Deed(opening.raise_credit, "staff_customer"),
    Purpose.BONUS: Deed(bonuses.set_rule, "staff_bonuses", one=False),
    Purpose.ORDER: Deed(ending.end, "staff_order"),
}
