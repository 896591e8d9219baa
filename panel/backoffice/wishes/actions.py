"""What a person can do about a refill or a wish to cancel, one row for each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders import cancelling, refilling
from orders.cancelling.answering import MAY_END, SENDABLE
from orders.closing import OrderMoved
from orders.lifecycle import CANCEL_OPEN, REFILL_OPEN, CancelStatus, RefillStatus, Status
from orders.models import CancelRequest, Refill
from panel.backoffice.rights import Right

Wish = Refill | CancelRequest
REFUSALS = (refilling.RefillMoved, cancelling.RequestMoved, OrderMoved)
"""What an action may answer instead of being done; then nothing was changed."""


@dataclass(frozen=True, slots=True)
class WishDeed:
    """One action about one wish, by one person."""

    wish_id: int
    actor: str
    now: datetime
    reason: str = ""
    shown: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class WishAction:
    """One row. ``ends`` is the state that it ends the order in, with the money of that end."""

    code: str
    title: Any
    explanation: Any
    right: Right
    sign: str
    offered: Callable[[Any], bool]
    """Whether it can be done about this wish; needs its order."""
    do: Callable[[WishDeed], object]
    ends: str = ""
    is_told: bool = False
    """The customer reads the reason: there must be one."""
    may_double: bool = False
    in_bulk: bool = True


def _is_free(wish: Wish, still_open: tuple[str, ...]) -> bool:
    """Open, and nobody is sending it at this moment."""
    return wish.status in still_open and wish.status != RefillStatus.SUBMITTING


def _may_send_refill(refill: Refill) -> bool:
    order = refill.order
    is_there = order.provider_id is not None and order.upstream_id is not None
    return is_there and refill.status == RefillStatus.REQUESTED


def _may_send_cancel(request: CancelRequest) -> bool:
    return request.order.provider_id is not None and request.status in SENDABLE


def _may_grant(request: CancelRequest) -> bool:
    by_hand = request.order.provider_id is None and request.order.status in MAY_END
    return by_hand and _is_free(request, CANCEL_OPEN)


_REFILL_ROWS = (
    WishAction(
        "send",
        _("Send now"),
        _("The provider is asked with the next round, whenever it was to be asked."),
        Right.ORDERS_CHANGE,
        "rocket",
        _may_send_refill,
        lambda deed: refilling.send_refill_now(deed.wish_id, actor=deed.actor, now=deed.now),
    ),
    WishAction(
        "again",
        _("Not placed: send again"),
        _(
            "Nobody knows whether the provider has these. Look there first: what it has already "
            "would be asked for twice."
        ),
        Right.RESOLVE,
        "repeat",
        lambda refill: refill.status == RefillStatus.UNCONFIRMED,
        lambda deed: refilling.refill_was_not_placed(deed.wish_id, actor=deed.actor, now=deed.now),
    ),
    WishAction(
        "complete",
        _("Complete"),
        _("It was refilled: the customer reads Completed. The provider is not asked any more."),
        Right.RESOLVE,
        "circle-check",
        lambda refill: _is_free(refill, REFILL_OPEN),
        lambda deed: refilling.complete_refill(deed.wish_id, actor=deed.actor, now=deed.now),
    ),
    WishAction(
        "reject",
        _("Reject"),
        _("It will not be refilled. The customer reads your reason."),
        Right.RESOLVE,
        "x",
        lambda refill: _is_free(refill, REFILL_OPEN),
        lambda deed: refilling.reject_refill(
            deed.wish_id, reason=deed.reason, actor=deed.actor, now=deed.now
        ),
        is_told=True,
    ),
)
_CANCEL_ROWS = (
    WishAction(
        "send",
        _("Send now"),
        _(
            "The provider is asked with the next round; once more where nobody knows whether it "
            "was asked. No money moves before it reports the order as canceled."
        ),
        Right.ORDERS_CHANGE,
        "rocket",
        _may_send_cancel,
        lambda deed: cancelling.send_cancel_now(deed.wish_id, actor=deed.actor, now=deed.now),
    ),
    WishAction(
        "complete",
        _("Cancel the order"),
        _(
            "For orders that staff deliver: the order ends as canceled and what was not given "
            "back yet goes to the customer's balance. Where a provider delivers, its report does."
        ),
        Right.REFUND,
        "circle-check",
        _may_grant,
        lambda deed: cancelling.grant_cancel(
            deed.wish_id, actor=deed.actor, now=deed.now, shown=deed.shown
        ),
        ends=Status.CANCELED,
    ),
    WishAction(
        "reject",
        _("Reject"),
        _("The order goes on. The customer reads your reason."),
        Right.RESOLVE,
        "x",
        lambda request: _is_free(request, CANCEL_OPEN),
        lambda deed: cancelling.refuse_cancel(
            deed.wish_id, reason=deed.reason, actor=deed.actor, now=deed.now
        ),
        is_told=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Queue:
    """Refills, or wishes to cancel: their rows, their states, and what can be done."""

    code: str
    title: Any
    rows: type[Refill] | type[CancelRequest]
    statuses: type[RefillStatus] | type[CancelStatus]
    still_open: tuple[str, ...]
    actions: dict[str, WishAction]


QUEUES: dict[str, Queue] = {
    "refill": Queue(
        "refill",
        _("Refills"),
        Refill,
        RefillStatus,
        REFILL_OPEN,
        {row.code: row for row in _REFILL_ROWS},
    ),
    "cancel": Queue(
        "cancel",
        _("Wishes to cancel"),
        CancelRequest,
        CancelStatus,
        CANCEL_OPEN,
        {row.code: row for row in _CANCEL_ROWS},
    ),
}


def offered_for(queue: Queue, wish: Wish, rights: frozenset[Right]) -> list[WishAction]:
    """What this person may do about the wish as it stands."""
    rows = queue.actions.values()
    return [row for row in rows if row.right in rights and row.offered(wish)]
