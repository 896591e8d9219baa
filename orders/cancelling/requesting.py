"""A customer asks to cancel: at once while nothing was sent, else as a request to the provider."""

from datetime import datetime

from django.db import transaction

from orders import closing
from orders.lifecycle import AT_PROVIDER, CANCEL_OPEN, CancelStatus, Status
from orders.models import CancelRequest, Order, OrderEvent

ON_ITS_WAY = frozenset({Status.SUBMITTING, Status.UNCONFIRMED})
NOT_SENT = "Canceled before it was sent."


class CancelRefused(Exception):
    """This order is not canceled; nothing has happened. Its text is the protocol's."""

    text = ""

    def __init__(self) -> None:
        super().__init__(self.text)


class IncorrectOrder(CancelRefused):
    """There is no such order of this customer."""

    text = "Incorrect order ID"


class NotCancelable(CancelRefused):
    """The order has ended, or its service is sold without cancel."""

    text = "This order cannot be canceled"


@transaction.atomic
def request_cancel(order_id: int, *, customer_id: int | None, now: datetime) -> CancelRequest:
    """Cancel an order that was not sent yet, with its money; else leave a request that is due.

    Under the order's lock either this or the claim for sending wins, never both. A request moves
    no money: the status that the provider reports later does. Asked again while a request is
    open, it is the same request. ``customer_id`` None is staff, who may always ask.
    Raises IncorrectOrder or NotCancelable; then nothing has happened.
    """
    order = _locked(order_id, customer_id)
    earlier = order.cancels.filter(status__in=CANCEL_OPEN).first()
    if earlier is not None:
        return earlier
    if order.status == Status.PENDING and order.provider_id is not None:
        return _cancel_at_once(order, now=now)
    is_under_way = order.status in AT_PROVIDER | ON_ITS_WAY | {Status.PENDING}
    if not is_under_way or not (order.service.cancel or customer_id is None):
        raise NotCancelable
    due_at = now if order.provider_id is not None else None
    request = CancelRequest.objects.create(order=order, due_at=due_at, created_at=now)
    OrderEvent.objects.create(order=order, kind="cancel_requested", at=now)
    return request


def _locked(order_id: int, customer_id: int | None) -> Order:
    rows = Order.objects.select_for_update(of=("self",)).select_related("service")
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    order = rows.filter(pk=order_id).first()
    if order is None:
        raise IncorrectOrder
    return order


def _cancel_at_once(order: Order, *, now: datetime) -> CancelRequest:
    unsent = frozenset({Status.PENDING})
    closing.close(order.pk, Status.CANCELED, now=now, expected=unsent, evidence=NOT_SENT)
    return CancelRequest.objects.create(
        order=order, status=CancelStatus.DONE, due_at=None, created_at=now, closed_at=now
    )
