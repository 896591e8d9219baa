"""Orders about which nobody can know whether the provider has them: left alone, and shown."""

from datetime import datetime

from orders.forwarding.fencing import id_of
from orders.forwarding.outcomes import Result, Sending
from orders.lifecycle import Status
from orders.models import Attempt, Order, OrderEvent, Review
from providers.client import Accepted


def leave_unknown(sending: Sending, evidence: str, *, now: datetime) -> None:
    """Never sent again, never refunded by a machine. The caller holds the order's lock."""
    order = Order.objects.get(pk=sending.order.pk)
    if order.status != Status.UNCONFIRMED:
        order.move_to(Status.UNCONFIRMED, now=now, due_at=None)
    OrderEvent.note(order.pk, "unconfirmed", evidence)
    Review.ask(order.pk, Review.Reason.SILENT, evidence)


def tell_late(result: Result, *, now: datetime) -> None:
    """An answer that came after the matter was decided changes no state and no money.

    But an acceptance after it was decided to send again must be seen before that happens.
    """
    order = Order.objects.get(pk=result.sending.order.pk)
    text = f"A late answer to attempt {result.sending.attempt_id}: {result.outcome.evidence}"
    OrderEvent.note(order.pk, "late_answer", text)
    if not isinstance(result.outcome, Accepted):
        return
    Review.ask(order.pk, Review.Reason.CONTRADICTION, f"{text} It has id {id_of(result)} there.")
    if order.status == Status.SUBMITTING and not _has_newer_attempt(result.sending):
        order.move_to(Status.PENDING, now=now)
    if order.status == Status.PENDING:
        order.hold, order.due_at = Order.Hold.STAFF, None
        order.save(update_fields=["hold", "due_at"])


def _has_newer_attempt(sending: Sending) -> bool:
    adds = Attempt.objects.filter(order_id=sending.order.pk, action=Attempt.Action.ADD)
    return adds.filter(pk__gt=sending.attempt_id).exists()
