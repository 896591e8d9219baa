"""ACTIONS: what a person can do about an order, one row for each; pages and tests read it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders import cancelling, correcting, forwarding, refilling, resolving
from orders.closing import OrderMoved
from orders.lifecycle import AT_PROVIDER, CANCEL_OPEN, REFILL_OPEN, Status
from orders.models import Order
from orders.refilling.requesting import REFILLABLE
from panel.backoffice.rights import Right

REFUSALS = (
    *(correcting.CannotCorrect, forwarding.NotHeld, resolving.NotUnknown, resolving.NotConfirmed),
    *(cancelling.CancelRefused, refilling.RefillRefused, OrderMoved),
)
"""What an action may answer instead of being done; then nothing was changed."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One action about one order, by one person."""

    order: Order
    actor: str
    now: datetime
    reason: str = ""
    value: str = ""
    shown: Decimal = Decimal(0)
    is_sure: bool = False
    """The person looked at the provider and sends again against the doubts."""

    @property
    def number(self) -> int:
        return int(self.value)


@dataclass(frozen=True, slots=True)
class Action:
    """One row. ``ends`` is the state that it ends an order in, with the money of that end."""

    code: str
    title: Any
    explanation: Any
    right: Right
    sign: str
    offered: Callable[[Order], bool]
    do: Callable[[Deed], object]
    ends: str = ""
    asks: str = ""
    """What has to be entered: ``upstream_id``, ``undelivered`` or ``start_count``."""
    may_double: bool = False
    """It lets an order be sent that was sent before: the doubts are shown first."""
    calls_outside: bool = False
    needs_reason: bool = False
    in_bulk: bool = True


def _is_unknown(order: Order) -> bool:
    return order.status == Status.UNCONFIRMED


def _is_held(order: Order) -> bool:
    return order.status == Status.PENDING and bool(order.hold)


def _may_hold(order: Order) -> bool:
    is_waiting = order.status == Status.PENDING and order.provider_id is not None
    return is_waiting and not order.hold


def _may_begin(order: Order) -> bool:
    return order.status == Status.PENDING and order.provider_id is None


def _may_ask_cancel(order: Order) -> bool:
    is_there = order.status in AT_PROVIDER and order.provider_id is not None
    return is_there and not order.cancels.filter(status__in=CANCEL_OPEN).exists()


def _may_refill(order: Order) -> bool:
    is_refillable = order.service.refill and order.status in REFILLABLE
    return is_refillable and not order.refills.filter(status__in=REFILL_OPEN).exists()


def _ends_as(status: str) -> Callable[[Order], bool]:
    return lambda order: correcting.may_end(order, status)


def _end(status: str) -> Callable[[Deed], object]:
    def end(deed: Deed) -> object:
        return correcting.end(
            deed.order.pk,
            status,
            shown=deed.shown,
            undelivered=deed.number if deed.value else None,
            reason=deed.reason,
            actor=deed.actor,
            now=deed.now,
        )

    return end


_ROWS = (
    Action(
        "placed",
        _("It was placed"),
        _("The provider is asked about this id; if it knows it, the order is followed there."),
        Right.RESOLVE,
        "check",
        _is_unknown,
        lambda deed: resolving.was_placed(
            deed.order.pk, deed.value, actor=deed.actor, now=deed.now
        ),
        asks="upstream_id",
        calls_outside=True,
        in_bulk=False,
    ),
    Action(
        "send_again",
        _("Not placed: send again"),
        _("The order goes to the provider once more, with the next round."),
        Right.RESOLVE,
        "repeat",
        _is_unknown,
        lambda deed: resolving.was_not_placed(deed.order.pk, actor=deed.actor, now=deed.now),
        may_double=True,
    ),
    Action(
        "release",
        _("Release"),
        _("The held order goes to its provider with the next round, at what it costs now."),
        Right.ORDERS_CHANGE,
        "rocket",
        _is_held,
        lambda deed: forwarding.release(deed.order.pk, actor=deed.actor, now=deed.now),
        may_double=True,
    ),
    Action(
        "hold",
        _("Hold"),
        _("The order is not sent until somebody releases it."),
        Right.ORDERS_CHANGE,
        "lock",
        _may_hold,
        lambda deed: forwarding.hold(deed.order.pk, actor=deed.actor),
    ),
    Action(
        "begin",
        _("Start by hand"),
        _("Staff deliver it: the customer reads In progress."),
        Right.ORDERS_CHANGE,
        "bolt",
        _may_begin,
        lambda deed: correcting.begin(deed.order.pk, actor=deed.actor, now=deed.now),
    ),
    Action(
        "complete",
        _("Mark completed"),
        _("The order ends as delivered; nothing is given back."),
        Right.RESOLVE,
        "circle-check",
        _ends_as(Status.COMPLETED),
        _end(Status.COMPLETED),
        ends=Status.COMPLETED,
        needs_reason=True,
    ),
    Action(
        "partial",
        _("Mark partial"),
        _("The order ends, and the share that was not delivered is given back."),
        Right.REFUND,
        "adjustments-horizontal",
        _ends_as(Status.PARTIAL),
        _end(Status.PARTIAL),
        ends=Status.PARTIAL,
        asks="undelivered",
        needs_reason=True,
        in_bulk=False,
    ),
    Action(
        "refund",
        _("Cancel and refund"),
        _(
            "The order ends and all that was not given back yet goes to the customer's balance. "
            "The provider is not told and may still deliver."
        ),
        Right.REFUND,
        "arrow-down-right",
        _ends_as(Status.CANCELED),
        _end(Status.CANCELED),
        ends=Status.CANCELED,
        needs_reason=True,
    ),
    Action(
        "ask_cancel",
        _("Ask to cancel"),
        _("The provider is asked to cancel. No money moves before it reports so."),
        Right.ORDERS_CHANGE,
        "ban",
        _may_ask_cancel,
        lambda deed: cancelling.request_cancel(deed.order.pk, customer_id=None, now=deed.now),
    ),
    Action(
        "refill",
        _("Ask for a refill"),
        _("The provider is asked to make the order whole again."),
        Right.ORDERS_CHANGE,
        "refresh",
        _may_refill,
        lambda deed: refilling.request_refill(deed.order.pk, customer_id=None, now=deed.now),
    ),
    Action(
        "start_count",
        _("Set the start count"),
        _("The counter before delivery, as you saw it."),
        Right.ORDERS_CHANGE,
        "adjustments-horizontal",
        lambda order: True,
        lambda deed: correcting.set_start_count(deed.order.pk, deed.number, actor=deed.actor),
        asks="start_count",
        in_bulk=False,
    ),
    Action(
        "leave",
        _("Leave as it is"),
        _("The question is closed; the order stays as it is and is followed as before."),
        Right.RESOLVE,
        "x",
        correcting.may_leave,
        lambda deed: correcting.leave(
            deed.order.pk, reason=deed.reason, actor=deed.actor, now=deed.now
        ),
    ),
)

ACTIONS: dict[str, Action] = {row.code: row for row in _ROWS}


def offered_for(order: Order, rights: frozenset[Right]) -> list[Action]:
    """What this person may do about the order as it stands."""
    return [row for row in _ROWS if row.right in rights and row.offered(order)]
