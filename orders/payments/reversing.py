"""Money of a settled payment goes back, or comes again: by the difference to what is booked.

How much should be back by now is computed anew each time, from what the gateway shows and from
the refunds that staff started; so doubled, late and swapped messages end at the same place.
"""

from decimal import Decimal

from django.db.models import Sum

from orders import ledger
from orders.models import Payment, PaymentRefund
from orders.models.ledger import Kind
from orders.money import ZERO
from orders.payments import freezing, shares
from orders.payments.standing import Standing


def target(payment: Payment, standing: Standing) -> Decimal:
    """How much of the credit should be back by now.

    Refunds of our own count from the moment they are booked, whether or not the gateway shows
    them already; what it shows beyond them was started there. A dispute takes what it is about,
    and everything where that is not told.
    """
    back = max(_own_refunds(payment), shares.credited_part(payment, standing.refunded))
    if not (standing.disputed or standing.dispute_lost):
        return back
    contested, paid = standing.disputed_amount, shares.paid_amount(payment)
    if contested is None or standing.refunded + contested >= paid:
        return payment.amount
    return min(back + shares.credited_part(payment, contested), payment.amount)


def bring_to(payment: Payment, total: Decimal, *, actor: str) -> Decimal:
    """Book the difference, bonus included; what was taken (negative: given back).

    The caller holds the payment's lock.
    """
    difference = total - payment.taken_back
    if not difference:
        return ZERO
    kind = Kind.CHARGEBACK if difference > 0 else Kind.RESTORED
    _book(payment, kind, -difference, actor=actor)
    follow_with_bonus(payment, actor=actor)
    if difference > 0:
        freezing.freeze_unless_covered(payment)
    return difference


def follow_with_bonus(payment: Payment, *, actor: str, ahead: Decimal = ZERO) -> None:
    """Bring what is back of the bonus in line with what is back of the payment, and with what
    is about to be (``ahead``); by force."""
    payment.refresh_from_db()
    difference = shares.bonus_part(payment, ahead) - payment.bonus_back
    if difference:
        _book(payment, Kind.BONUS, -difference, actor=actor, cause="bonus_back")
        payment.refresh_from_db()


def revoke_bonus(payment: Payment, *, actor: str, reason: str) -> Decimal:
    """Take all that is left of the bonus, never below the customer's floor."""
    left = payment.bonus - payment.bonus_back
    _book(payment, Kind.BONUS, -left, actor=actor, cause="bonus_revoked", reason=reason)
    payment.refresh_from_db()
    return left


def _own_refunds(payment: Payment) -> Decimal:
    counting = payment.refunds.exclude(status=PaymentRefund.Status.REFUSED)
    return counting.aggregate(total=Sum("amount"))["total"] or ZERO


def _book(
    payment: Payment, kind: str, amount: Decimal, *, actor: str, cause: str = "", reason: str = ""
) -> None:
    number = payment.entries.count() + 1
    name = f"{cause or kind}:{payment.pk}:{number}"
    ledger.follow_payment(payment, kind, amount, cause=name, actor=actor, reason=reason)
