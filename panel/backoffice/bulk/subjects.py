"""What bulk work can be about: orders, refills, wishes to cancel; one row for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import ngettext

from orders import correcting
from orders.models import Order
from panel.backoffice.access import Staff
from panel.backoffice.acting import doubts_about, perform
from panel.backoffice.actions import ACTIONS, Action, Deed
from panel.backoffice.actions import REFUSALS as ORDER_REFUSALS
from panel.backoffice.approvals import WantsSecond
from panel.backoffice.finding import Search
from panel.backoffice.rights import Right
from panel.backoffice.wishes import doing
from panel.backoffice.wishes.actions import QUEUES, WishDeed
from panel.backoffice.wishes.actions import REFUSALS as WISH_REFUSALS
from panel.backoffice.wishes.finding import WishSearch
from panel.clock import database_now
from panel.models import BulkWork
from panel.nudges import forward_soon

REFUSALS: tuple[type[Exception], ...] = (*ORDER_REFUSALS, *WISH_REFUSALS, WantsSecond)
"""What may be answered about one of many; the others go on."""


class BulkAction(Protocol):
    """What bulk work needs of a row of a table of actions."""

    code: str
    title: Any
    explanation: Any
    right: Right
    sign: str
    offered: Callable[[Any], bool]
    ends: str
    in_bulk: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """One row: what the list holds, and what can be done about each of it."""

    code: str
    page: tuple[str, None, list[str]]
    """The address of the list, as reverse() takes it."""
    actions: Mapping[str, Any]
    matching: Callable[[Mapping[str, str]], QuerySet[Any]]
    """Those that the list shows for a query."""
    numbered: Callable[[list[int]], QuerySet[Any]]
    refund: Callable[[Any, Any], Decimal]
    doubts: Callable[[Any, Any], list[str]]
    do: Callable[[BulkWork, Staff, Any, Any, Decimal], None]
    """Raises one of REFUSALS; then nothing was changed."""
    asks_reason: Callable[[Any], bool]
    counted: Callable[[int], str]

    def order_of(self, row: Any) -> Order:
        return row if isinstance(row, Order) else row.order


def _orders(query: Mapping[str, str]) -> QuerySet[Any]:
    return Search(dict(query.items())).orders().select_related("service", "provider")


def _orders_numbered(ids: list[int]) -> QuerySet[Any]:
    return Order.objects.filter(pk__in=ids).select_related("service", "provider")


def _refund_of_order(action: Action, order: Order) -> Decimal:
    return correcting.refund_of(order, action.ends) if action.ends else Decimal(0)


def _doubts_about_order(action: Action, order: Order) -> list[str]:
    return doubts_about(order) if action.may_double else []


def _do_about_order(
    work: BulkWork, staff: Staff, action: Action, order: Order, shown: Decimal
) -> None:
    deed = Deed(order, staff.name, database_now(), work.reason, shown=shown)
    perform(work.address, staff, action, deed)
    if action.may_double:
        transaction.on_commit(partial(forward_soon, order.provider_id))


def _wishes(code: str, query: Mapping[str, str]) -> QuerySet[Any]:
    return WishSearch(QUEUES[code], dict(query.items()), database_now()).wishes()


def _wishes_numbered(code: str, ids: list[int]) -> QuerySet[Any]:
    rows: QuerySet[Any] = QUEUES[code].rows.objects.filter(pk__in=ids)
    return rows.select_related("order__service", "order__provider", "order__customer")


def _do_about_wish(
    code: str, work: BulkWork, staff: Staff, action: Any, wish: Any, shown: Decimal
) -> None:
    deed = WishDeed(wish.pk, staff.name, database_now(), work.reason, shown)
    doing.perform(work.address, staff, QUEUES[code], action, deed)


def _queue(code: str, counted: Callable[[int], str]) -> Subject:
    return Subject(
        code,
        ("staff_requests", None, [code]),
        QUEUES[code].actions,
        partial(_wishes, code),
        partial(_wishes_numbered, code),
        doing.refund_of,
        lambda action, wish: [],
        partial(_do_about_wish, code),
        lambda action: action.is_told or bool(action.ends),
        counted,
    )


SUBJECTS: dict[str, Subject] = {
    BulkWork.Subject.ORDER: Subject(
        BulkWork.Subject.ORDER,
        ("staff_orders", None, []),
        ACTIONS,
        _orders,
        _orders_numbered,
        _refund_of_order,
        _doubts_about_order,
        _do_about_order,
        lambda action: True,
        lambda n: ngettext("%d order", "%d orders", n) % n,
    ),
    BulkWork.Subject.REFILL: _queue(
        BulkWork.Subject.REFILL, lambda n: ngettext("%d refill", "%d refills", n) % n
    ),
    BulkWork.Subject.CANCEL: _queue(
        BulkWork.Subject.CANCEL,
        lambda n: ngettext("%d wish to cancel", "%d wishes to cancel", n) % n,
    ),
}
