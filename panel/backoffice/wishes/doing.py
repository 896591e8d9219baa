"""One action about one wish, with its line in the audit trail."""

from decimal import Decimal
from typing import Any

from django.db import transaction

from orders import correcting
from orders.lifecycle import Status
from orders.models import Order
from panel.backoffice import auditing
from panel.backoffice.access import Staff
from panel.backoffice.approvals import one_after_another
from panel.backoffice.approvals.orders import End, book_end
from panel.backoffice.wishes.actions import Queue, Wish, WishAction, WishDeed


def refund_of(action: WishAction, wish: Wish) -> Decimal:
    """What goes back to the customer when it is done now; needs the wish's order."""
    return correcting.refund_of(wish.order, action.ends) if action.ends else Decimal(0)


@transaction.atomic
def perform(
    address: str | None, staff: Staff, queue: Queue, action: WishAction, deed: WishDeed
) -> None:
    """Do it and write it down. Raises one of REFUSALS or WantsSecond; then nothing was changed."""
    if action.ends:
        _count(staff, queue, deed)
    old = _facts(queue, deed.wish_id)
    action.do(deed)
    auditing.append(
        address,
        staff,
        f"{queue.code}.{action.code}",
        subject=queue.code,
        subject_id=deed.wish_id,
        old=old,
        new=_facts(queue, deed.wish_id),
        reason=deed.reason,
    )


def _count(staff: Staff, queue: Queue, deed: WishDeed) -> None:
    """Money that goes back by the person's word counts, and may want a second person."""
    one_after_another(staff)
    order_id = queue.rows.objects.values_list("order_id", flat=True).get(pk=deed.wish_id)
    order = Order.objects.select_for_update().get(pk=order_id)
    book_end(staff, order, End(Status.CANCELED, deed.shown, deed.reason), now=deed.now)


def _facts(queue: Queue, wish_id: int) -> dict[str, Any]:
    names = ("order_id", "status", "order__status", "order__refunded")
    facts = queue.rows.objects.values(*names).get(pk=wish_id)
    return {name.replace("order__", "order "): value for name, value in facts.items()}
