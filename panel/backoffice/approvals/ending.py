"""An order ended with money back, by the second person's word."""

from django.http import HttpRequest

from orders import correcting
from orders.models import Order
from panel.backoffice import auditing
from panel.backoffice.access import Staff
from panel.clock import database_now
from panel.models import FundsRequest


def end(request: HttpRequest, staff: Staff, wanted: FundsRequest) -> None:
    """End it as was asked for, with the refund that was shown then."""
    order = Order.objects.get(pk=wanted.subject_id)
    old = {"status": order.status, "refunded": order.refunded}
    correcting.end(
        order.pk,
        wanted.details["status"],
        shown=wanted.amount,
        undelivered=wanted.details["undelivered"],
        reason=wanted.reason,
        actor=str(wanted.asked_by),
        now=database_now(),
    )
    order.refresh_from_db()
    auditing.record(
        request,
        staff,
        "order.refund",
        subject="order",
        subject_id=order.pk,
        old=old,
        new={
            "status": order.status,
            "refunded": order.refunded,
            **({"asked_by": wanted.asked_by} if wanted.wants_second else {}),
        },
        reason=wanted.reason,
    )
