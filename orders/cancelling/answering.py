"""What staff say about wishes to cancel: done, refused, or to be sent once more."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from orders import closing
from orders.closing import Closed
from orders.lifecycle import AT_PROVIDER, CANCEL_OPEN, CancelStatus, Status
from orders.models import CancelRequest, OrderEvent
from orders.money import plain

MAY_END = AT_PROVIDER | {Status.PENDING}
SENDABLE = frozenset({CancelStatus.REQUESTED, CancelStatus.UNCONFIRMED})


class RequestMoved(Exception):
    """The request is no longer in a state where this can be said; nothing was changed."""


@transaction.atomic
def grant_cancel(
    request_id: int,
    *,
    actor: str,
    now: datetime,
    undelivered: int | None = None,
    shown: Decimal | None = None,
) -> Closed:
    """End the order: Canceled with everything back, or Partial with ``undelivered`` units back.

    For services that staff deliver; where a provider delivers, its reports end the order.
    ``shown`` is the refund that the person saw. Raises RequestMoved, also when the refund would
    be another one, or closing.OrderMoved; then nothing has happened.
    """
    request = _open_request(request_id)
    if request.order.provider_id is not None:
        raise RequestMoved("A provider delivers this order: its report ends it.")
    status = Status.CANCELED if undelivered is None else Status.PARTIAL
    closed = closing.close(
        request.order_id,
        status,
        undelivered=undelivered,
        expected=MAY_END,
        actor=actor,
        now=now,
    )
    if shown is not None and closed.refunded != shown:
        raise RequestMoved(f"The refund is {plain(closed.refunded)} by now.")
    return closed


@transaction.atomic
def refuse_cancel(request_id: int, *, reason: str, actor: str, now: datetime) -> None:
    """The order goes on; ``reason`` is what the customer reads. Raises RequestMoved."""
    request = _open_request(request_id)
    columns = {"status": CancelStatus.REFUSED, "answer": reason, "told": reason}
    CancelRequest.objects.filter(pk=request_id).update(due_at=None, closed_at=now, **columns)
    _note(request, "cancel_refused", reason, actor, now)


@transaction.atomic
def send_cancel_now(request_id: int, *, actor: str, now: datetime) -> None:
    """Ask the provider with the next round; once more where nobody knows whether it was asked.

    That moves no money, however often. Raises RequestMoved.
    """
    request = _open_request(request_id)
    if request.order.provider_id is None:
        raise RequestMoved("Staff deliver this order: no provider can be asked.")
    if request.status not in SENDABLE:
        raise RequestMoved(f"Cancel request {request_id} was accepted already.")
    CancelRequest.objects.filter(pk=request_id).update(status=CancelStatus.REQUESTED, due_at=now)
    _note(request, "cancel_requested", "", actor, now)


def _open_request(request_id: int) -> CancelRequest:
    """The request, when it is open and nobody is sending it. Its order is locked first."""
    known = CancelRequest.objects.select_related("order").filter(pk=request_id)
    request = known.select_for_update(of=("order",)).first()
    fresh = CancelRequest.objects.filter(pk=request_id).select_for_update().first()
    if request is None or fresh is None or fresh.status not in CANCEL_OPEN:
        raise RequestMoved(f"Cancel request {request_id} is not open.")
    if fresh.status == CancelStatus.SUBMITTING:
        raise RequestMoved(f"Cancel request {request_id} is being sent.")
    request.status = fresh.status
    return request


def _note(request: CancelRequest, kind: str, text: str, actor: str, now: datetime) -> None:
    OrderEvent.objects.create(order_id=request.order_id, kind=kind, text=text, actor=actor, at=now)
