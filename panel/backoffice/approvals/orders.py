"""Orders that staff end with money back. Where only the person's word stands for it, it counts as
money given by hand.

An order that was not sent, or about which the panel itself has an open question, is another
matter: there something else than the person's word says that it was not delivered.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.http import HttpRequest

from orders.lifecycle import Status
from orders.models import Order
from panel.backoffice.access import Staff
from panel.backoffice.approvals.moving import Move, book_alone, move, one_after_another
from panel.models import FundsRequest

Purpose = FundsRequest.Purpose


@dataclass(frozen=True, slots=True)
class End:
    """How an order ends (``Status``), and what goes back to the customer with it."""

    status: str
    refund: Decimal
    reason: str
    undelivered: int | None = None


def is_by_word(order: Order) -> bool:
    """Whether nothing but the person's word says that it was not delivered."""
    is_asked_about = order.reviews.filter(resolved_at=None).exists()
    return order.status != Status.PENDING and not is_asked_about


def book_end(staff: Staff, order: Order, end: End, *, now: datetime) -> None:
    """Count an end that the caller books in this transaction; it holds the order's lock, and
    before that it took the person's (`one_after_another`). Raises WantsSecond.
    """
    if end.refund > 0 and is_by_word(order):
        book_alone(staff, _wanted(order, end), now=now)


@transaction.atomic
def ask(request: HttpRequest, staff: Staff, order: Order, end: End, *, now: datetime) -> None:
    """Leave the end to a second person, once for each order."""
    one_after_another(staff)
    known = FundsRequest.objects.filter(purpose=Purpose.ORDER, subject_id=order.pk)
    if not known.filter(state=FundsRequest.State.WAITING, lapses_at__gt=now).exists():
        move(request, staff, _wanted(order, end), now=now)


def _wanted(order: Order, end: End) -> Move:
    return Move(
        Purpose.ORDER,
        order.pk,
        end.refund,
        end.reason or str(Purpose.ORDER.label),
        uuid4(),
        customer_id=order.customer_id,
        details={"status": str(end.status), "undelivered": end.undelivered},
    )
