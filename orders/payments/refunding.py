"""Staff pay back through the gateway: first the balance, then the call, then what came of it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from orders import ledger
from orders.currencies import minor_step
from orders.models import Payment, PaymentDoubt, PaymentRefund
from orders.models.ledger import Kind
from orders.models.timeline import EVIDENCE_MAX
from orders.money import MONEY_STEP, ZERO, on_scale, plain
from orders.payments import doubting, reversing, shares
from orders.payments.refusal import PaymentRefused, locked

REASON_MAX = 500
_Status = PaymentRefund.Status
_FINAL = frozenset({_Status.DONE, _Status.REFUSED})


def refundable(payment: Payment) -> Decimal:
    """How much of the credit could still be paid back."""
    is_settled = payment.status == Payment.Status.SETTLED and not payment.is_disputed
    return payment.amount - payment.taken_back if is_settled else ZERO


def start_refund(
    payment_id: int,
    amount: Decimal,
    *,
    actor: str,
    reason: str,
    token: UUID,
    now: datetime,
    step: Decimal | None = None,
) -> PaymentRefund:
    """Take ``amount`` (panel currency) and its share of the bonus from the balance, and leave a
    row: its token is the gateway's idempotency key. The same token again gives the same row.

    Raises PaymentRefused, or InsufficientBalance (of orders.ledger) when the customer has spent
    it; then nothing was booked.
    """
    asked = {"actor": actor, "reason": reason[:REASON_MAX], "token": token, "created_at": now}
    try:
        with transaction.atomic():
            payment = locked(payment_id)
            known = PaymentRefund.objects.filter(token=token).first()
            refund = known or _started(payment, amount, asked, step=step)
    except IntegrityError as error:
        if ledger.constraint_of(error) != "payment_refund_token_once":
            raise
        refund = PaymentRefund.objects.get(token=token)
    if refund.payment_id != payment_id:
        raise PaymentRefused(_("Please load the page again."))
    return refund


@transaction.atomic
def finish_refund(
    refund_id: int,
    outcome: str,
    *,
    now: datetime,
    reference: str = "",
    answer: str = "",
    actor: str = "",
) -> PaymentRefund:
    """Note what came of it: "done", "refused" (the money is given back to the balance) or
    "unknown" (it stays taken, and a person is asked). An end that was noted before stands.
    """
    payment = locked(PaymentRefund.objects.values_list("payment_id", flat=True).get(pk=refund_id))
    refund = PaymentRefund.objects.select_for_update(no_key=True).get(pk=refund_id)
    status = _Status(outcome)
    if refund.status in _FINAL or status == _Status.OPEN:
        return refund
    refund.status, refund.answer = status, answer[:EVIDENCE_MAX]
    refund.reference = reference or refund.reference
    refund.finished_at = now if status in _FINAL else None
    refund.save(update_fields=["status", "answer", "reference", "finished_at"])
    if status == _Status.REFUSED:
        _give_back(payment, refund, actor=actor)
    _ask_or_answer(payment, refund, actor=actor, now=now)
    return refund


def unfinished(*, limit: int) -> Sequence[PaymentRefund]:
    """Some of the refunds whose end nobody knows, to be asked about with the same key.

    In no order: however many never come to their end, they keep none of the others waiting.
    """
    found = PaymentRefund.objects.filter(status__in=[_Status.OPEN, _Status.UNKNOWN])
    return list(found.select_related("payment__method").order_by("?")[:limit])


def _require_amount(payment: Payment, amount: Decimal) -> Decimal:
    if not amount.is_finite() or not 0 < amount <= refundable(payment):
        raise PaymentRefused(_("At most %s can be paid back.") % plain(refundable(payment)))
    try:
        return on_scale(amount, MONEY_STEP)
    except ValueError as error:
        raise PaymentRefused(_("The amount has too many decimals.")) from error


def _started(
    payment: Payment, amount: Decimal, asked: dict[str, object], *, step: Decimal | None
) -> PaymentRefund:
    amount = _require_amount(payment, amount)
    least = max(step or ZERO, minor_step(payment.pay_currency))
    pay_amount = _in_currency_paid(payment, amount, least)
    if not pay_amount:
        raise PaymentRefused(_("This is less than the gateway can pay back."))
    refund = PaymentRefund.objects.create(
        payment=payment, amount=amount, pay_amount=pay_amount, **asked
    )
    _book(payment, refund, -amount, cause="paid_back")
    return refund


def _in_currency_paid(payment: Payment, amount: Decimal, step: Decimal) -> Decimal:
    """Its share of what was paid; the whole rest where all that is left goes back."""
    own = payment.refunds.exclude(status=_Status.REFUSED)
    gone = own.aggregate(credit=Sum("amount"), paid=Sum("pay_amount"))
    is_rest = amount == payment.amount - payment.taken_back
    if is_rest and payment.taken_back == (gone["credit"] or ZERO):
        return shares.paid_amount(payment) - (gone["paid"] or ZERO)
    return shares.paid_part(payment, amount, step)


def _give_back(payment: Payment, refund: PaymentRefund, *, actor: str) -> None:
    _book(payment, refund, refund.amount, cause="paid_back_undone", actor=actor)
    if payment.method and not payment.method.is_manual:
        payment.next_check_at = refund.finished_at
        payment.save(update_fields=["next_check_at"])


def _book(
    payment: Payment, refund: PaymentRefund, amount: Decimal, *, cause: str, actor: str = ""
) -> None:
    """Move money and bonus. The floor is met by the sum of both: the bonus goes first."""
    name = f"{cause}:{refund.pk}"
    who = actor or refund.actor
    if amount < 0:
        reversing.follow_with_bonus(payment, actor=who, ahead=-amount)
    ledger.follow_payment(
        payment, Kind.PAID_BACK, amount, cause=name, actor=who, reason=refund.reason
    )
    reversing.follow_with_bonus(payment, actor=who)


def _ask_or_answer(payment: Payment, refund: PaymentRefund, *, actor: str, now: datetime) -> None:
    if refund.status == _Status.UNKNOWN:
        evidence = f"Refund {refund.pk} of {plain(refund.pay_amount)} {payment.pay_currency}."
        doubting.ask(payment, PaymentDoubt.Reason.REFUND, evidence)
    elif not payment.refunds.filter(status=_Status.UNKNOWN).exists():
        reasons = frozenset({PaymentDoubt.Reason.REFUND})
        doubting.close_of(payment, reasons, note=refund.status, actor=actor, now=now)
