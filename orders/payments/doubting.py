"""What a person must look at about money coming in."""

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from orders.models import Payment, PaymentDoubt
from orders.models.timeline import EVIDENCE_MAX

NOTE_MAX = 500
SUBJECT_MAX = 200
TIMES_MAX = 1_000_000_000

_COUNTED = """
    INSERT INTO orders_paymentdoubt
           (method_id, reason, subject, evidence, times, closed_by, note)
    VALUES (%s, %s, %s, %s, 1, '', '')
    ON CONFLICT (method_id, reason, subject) WHERE payment_id IS NULL
    DO UPDATE SET times = least(orders_paymentdoubt.times + 1, %s)
"""


def ask(payment: Payment, reason: str, evidence: str) -> bool:
    """Put a payment on the list, once: while it is there, and never again for the same evidence.

    The caller holds the payment's lock.
    """
    text = evidence[:EVIDENCE_MAX]
    known = PaymentDoubt.objects.filter(payment=payment, reason=reason)
    if known.filter(evidence=text).exists() or known.filter(closed_at=None).exists():
        return False
    PaymentDoubt.objects.create(
        payment=payment, method_id=payment.method_id, reason=reason, evidence=text
    )
    return True


def count_forged(method_id: int, *, evidence: str, now: datetime) -> None:
    """A message whose signature is wrong: one row for each method and hour counts them all."""
    hour = now.replace(minute=0, second=0, microsecond=0).isoformat()
    _count(method_id, PaymentDoubt.Reason.SIGNATURE, hour, evidence)


def note_stranger(method_id: int, reference: str, *, evidence: str) -> None:
    """A genuine message about a payment that is not ours."""
    _count(method_id, PaymentDoubt.Reason.STRANGER, reference[:SUBJECT_MAX], evidence)


def close(doubt_id: int, *, note: str, actor: str, now: datetime) -> bool:
    """A person has looked; False when somebody did before."""
    still_open = PaymentDoubt.objects.filter(pk=doubt_id, closed_at=None)
    return bool(still_open.update(closed_at=now, closed_by=actor, note=note[:NOTE_MAX]))


def close_of(
    payment: Payment, reasons: frozenset[str], *, note: str, actor: str, now: datetime
) -> None:
    """What these doubts asked was answered by a deed."""
    still_open = PaymentDoubt.objects.filter(
        payment=payment, closed_at=None, reason__in=sorted(reasons)
    )
    still_open.update(closed_at=now, closed_by=actor, note=note[:NOTE_MAX])


def still_open() -> QuerySet[PaymentDoubt]:
    """What waits for a person, oldest first."""
    return PaymentDoubt.objects.filter(closed_at=None).order_by("id")


def _count(method_id: int, reason: str, subject: str, evidence: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [method_id, reason, subject, evidence[:EVIDENCE_MAX], TIMES_MAX])
