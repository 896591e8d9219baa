"""What a gateway says becomes what the book says: once, in whatever order it is told.

Nothing here believes a message. ``apply_standing`` is given the state of a payment as it was
fetched from the gateway, and books the difference to what is known under the payment's lock.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum

from orders import ledger
from orders.models import Payment, PaymentDoubt
from orders.models.ledger import Kind
from orders.money import ZERO, plain
from orders.payments import doubting, promos, reversing, shares
from orders.payments.crediting import credit, next_look
from orders.payments.refusal import locked
from orders.payments.standing import Standing, State

CHECK_EVERY = timedelta(minutes=10)
SHOWN_WITHIN = timedelta(days=1)
"""So long a gateway may take to show a refund; one that it never shows may have failed there."""
_Reason = PaymentDoubt.Reason
_STILL_FOLLOWED = frozenset({"", _Reason.AMOUNT.value})
"""More that arrives on a settled payment is for a person; what goes back is booked anyway."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of it. ``taken`` is what went back (negative: what was given again)."""

    status: str
    credited: Decimal = ZERO
    taken: Decimal = ZERO
    doubt: str = ""


@transaction.atomic
def apply_standing(
    payment_id: int, standing: Standing, *, now: datetime, actor: str = ""
) -> Applied:
    """Bring a payment in line with what its gateway said, when asked at ``now``.

    ``now`` is the moment *before* the gateway was asked: an answer to an older question than the
    last one may still credit, but takes and gives nothing back; it makes the payment due for
    another look instead.
    """
    payment = locked(payment_id)
    is_stale = payment.checked_at is not None and now < payment.checked_at
    reason, evidence = _contradiction(payment, standing)
    if reason:
        applied = _doubted(payment, reason, evidence)
    elif standing.state == State.PAID and payment.status != Payment.Status.SETTLED:
        applied = _paid(payment, standing, now=now, actor=actor)
    else:
        applied = Applied(payment.status)
    if payment.status == Payment.Status.SETTLED and not is_stale and reason in _STILL_FOLLOWED:
        applied = _followed(payment, standing, applied, now=now, actor=actor)
        applied = _questioned(payment, standing, applied, now=now)
    if not reason and not is_stale:
        _end(payment, standing, now=now)
    _note_check(payment, now=now, is_stale=is_stale)
    return replace(applied, status=payment.status)


def _contradiction(payment: Payment, standing: Standing) -> tuple[str, str]:
    """Why what is shown may not be about this payment: reason and evidence, empty if it is."""
    if standing.state not in list(State):
        return _Reason.UNKNOWN_STATE, f"The gateway says “{standing.state}”."
    if not _is_about(payment, standing):
        shown = f"{standing.reference!r} for {standing.merchant_reference!r}"
        return _Reason.REFERENCE, f"The gateway shows {shown}."
    if standing.state != State.PAID:
        return "", ""
    arrived = f"{standing.paid} {standing.currency} arrived"
    if standing.currency.upper() != payment.pay_currency.upper():
        return _Reason.CURRENCY, f"{arrived}, asked was {payment.pay_currency}."
    is_settled = payment.status == Payment.Status.SETTLED
    if standing.paid != (shares.paid_amount(payment) if is_settled else payment.pay_amount):
        return _Reason.AMOUNT, f"{arrived}, asked was {plain(payment.pay_amount)}."
    return "", ""


def _is_about(payment: Payment, standing: Standing) -> bool:
    """By our token where the gateway kept it, and by its own id where we know that."""
    token, kept = str(payment.token), standing.merchant_reference.strip().lower()
    is_named = payment.reference != token
    if kept:
        return kept == token and (not is_named or standing.reference in ("", payment.reference))
    return is_named and standing.reference == payment.reference


def _doubted(payment: Payment, reason: str, evidence: str) -> Applied:
    is_new = doubting.ask(payment, reason, evidence)
    return Applied(payment.status, doubt=reason if is_new else "")


def _paid(payment: Payment, standing: Standing, *, now: datetime, actor: str) -> Applied:
    """Credit what was asked for and has arrived, unless it comes too late for a machine."""
    if not payment.is_open:
        paid = f"{plain(shares.paid_amount(payment))} {payment.pay_currency}"
        return _doubted(payment, _Reason.LATE, f"{paid} arrived after it was {payment.status}.")
    if not _takes_name(payment, standing):
        evidence = f"{standing.reference!r} is the reference of another payment."
        return _doubted(payment, _Reason.REFERENCE, evidence)
    credit(payment, paid=payment.pay_amount, gateway_fee=standing.fee, now=now, actor=actor)
    return Applied(payment.status, credited=payment.amount)


def _takes_name(payment: Payment, standing: Standing) -> bool:
    """Note the gateway's own id where a crash lost it; False when it belongs to another."""
    if payment.reference != str(payment.token) or not standing.reference:
        return True
    payment.reference = standing.reference
    try:
        with transaction.atomic():
            payment.save(update_fields=["reference"])
    except IntegrityError as error:
        if ledger.constraint_of(error) != "payment_reference_once":
            raise
        payment.reference = str(payment.token)
        return False
    return True


def _followed(
    payment: Payment, standing: Standing, applied: Applied, *, now: datetime, actor: str
) -> Applied:
    taken = reversing.bring_to(payment, reversing.target(payment, standing), actor=actor)
    doubt = applied.doubt
    if payment.is_disputed != standing.disputed:
        payment.is_disputed = standing.disputed
        payment.save(update_fields=["is_disputed"])
        if standing.disputed:
            doubt = _doubted(payment, _Reason.DISPUTE, _disputed(standing, now)).doubt
    return replace(applied, taken=taken, doubt=doubt)


def _questioned(
    payment: Payment, standing: Standing, applied: Applied, *, now: datetime
) -> Applied:
    """Ask a person where the gateway takes back what it said before: no machine can tell why."""
    credited = payment.entries.filter(kind=Kind.TOP_UP, actor="")
    if standing.state in (State.FAILED, State.EXPIRED) and credited.exists():
        evidence = f"It was shown as paid, and the gateway says “{standing.state}” by now."
        return replace(applied, doubt=_doubted(payment, _Reason.UNKNOWN_STATE, evidence).doubt)
    ended = payment.refunds.filter(status="done", finished_at__lte=now - SHOWN_WITHIN)
    done = ended.aggregate(total=Sum("pay_amount"))["total"] or ZERO
    if done > standing.refunded:
        told, shown = plain(done), plain(standing.refunded)
        evidence = f"Paid back were {told} {payment.pay_currency}, the gateway shows {shown}."
        return replace(applied, doubt=_doubted(payment, _Reason.REFUND, evidence).doubt)
    return applied


def _disputed(standing: Standing, now: datetime) -> str:
    seen = f"as seen at {now:%Y-%m-%d %H:%M} UTC."
    if standing.disputed_amount is None:
        return f"Disputed, {seen}"
    return f"{plain(standing.disputed_amount)} {standing.currency} disputed, {seen}"


def _end(payment: Payment, standing: Standing, *, now: datetime) -> None:
    """Close an open payment that will not be paid any more."""
    if payment.status != Payment.Status.OPEN:
        return
    is_over = payment.expires_at is not None and payment.expires_at <= now
    if standing.state == State.FAILED:
        payment.status = Payment.Status.REJECTED
    elif standing.state == State.EXPIRED or (standing.state == State.OPEN and is_over):
        payment.status = Payment.Status.EXPIRED
    else:
        return
    payment.save(update_fields=["status"])
    promos.release(payment)


def _note_check(payment: Payment, *, now: datetime, is_stale: bool) -> None:
    """Remember when the gateway was asked, and when to ask again."""
    if is_stale:
        payment.next_check_at = now
    else:
        payment.checked_at, payment.next_check_at = now, _next_check(payment, now=now)
    payment.save(update_fields=["checked_at", "next_check_at"])


def _next_check(payment: Payment, *, now: datetime) -> datetime | None:
    if payment.status == Payment.Status.SETTLED:
        return next_look(payment, now=now)
    is_over = payment.expires_at is not None and payment.expires_at <= now
    if not payment.is_open or is_over or payment.method is None or payment.method.is_manual:
        return None
    return now + CHECK_EVERY
