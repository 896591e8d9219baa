"""Which payments to ask their gateways about, when nobody told us anything."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Min, Q

from orders.models import Payment
from orders.models.wishes import Backlog
from orders.payments.deciding import expire
from orders.payments.settling import CHECK_EVERY

CHECKS_MAX = 100
EXPIRE_MAX = 100
UNANSWERED_FOR = timedelta(hours=24)
"""So long after its end, an open payment whose gateway never answers is given up."""

# Materialized: chosen once, whatever plan is made, and never more than the limit.
_CLAIMED = """
    WITH due AS MATERIALIZED (
        SELECT id FROM orders_payment WHERE next_check_at <= %s
         ORDER BY next_check_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE orders_payment AS p SET next_check_at = %s FROM due WHERE p.id = due.id
    RETURNING p.id
"""


def due_checks(now: datetime, limit: int = CHECKS_MAX) -> list[int]:
    """Claim payments to ask about now; each is due again in CHECK_EVERY, should nobody answer.

    Open ones are asked about for 48 h (then they expire), settled ones ever more rarely.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIMED, [now, limit, now + CHECK_EVERY])
        return sorted(payment_id for (payment_id,) in cursor.fetchall())


def expire_overdue(now: datetime, limit: int = EXPIRE_MAX) -> int:
    """Give up open payments whose time is over and whom nobody could ask about; how many."""
    by_hand = Q(method__gateway="manual", expires_at__lte=now)
    unanswered = Q(expires_at__lte=now - UNANSWERED_FOR, next_check_at__isnull=False)
    overdue = Payment.objects.filter(by_hand | unanswered, status=Payment.Status.OPEN)
    found = list(overdue.order_by("id").values_list("pk", flat=True)[:limit])
    return sum(expire(payment_id, now=now) for payment_id in found)


def backlog(now: datetime) -> Backlog:
    """Payments that are due for a question, and since when."""
    due = Payment.objects.filter(next_check_at__lte=now)
    return Backlog(due.count(), due.aggregate(oldest=Min("next_check_at"))["oldest"])
