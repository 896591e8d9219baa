"""One action about many orders: what it will do, money included; then done with its progress.

The list and how far it got stand in the database. Each order is done in a transaction of its
own that also moves the position, so nothing is done twice, and what stopped can go on.
"""

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import correcting
from orders.models import Order
from orders.money import plain
from panel.backoffice.access import Staff, ask_again, staff_page
from panel.backoffice.acting import doubts_about, perform
from panel.backoffice.actions import ACTIONS, REFUSALS, Action, Deed
from panel.backoffice.finding import Search
from panel.backoffice.rights import Right
from panel.clock import database_now
from panel.models import BulkWork
from panel.models.audit import REASON_MAX
from panel.nudges import forward_soon
from panel.storefront.services import number_in

ORDERS_MAX = 2_000
STEP_MAX = 50
STEP_S = 1.5
PROBLEMS_MAX = 100


@dataclass(frozen=True, slots=True)
class Chosen:
    """The orders that were chosen: those about which it can be done, and how many cannot."""

    able: list[Order]
    others: int


@require_POST
@staff_page(Right.ORDERS)
def choose(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Write the list down, with what each refund would be, and lead to its preview."""
    action = _action(request.POST.get("action", ""), staff)
    chosen = _chosen(request, action)
    if not chosen.able:
        messages.error(request, _("This can be done with none of the chosen orders."))
        return redirect("staff_orders")
    refunds = [_refund(order, action) for order in chosen.able]
    rows = [[o.pk, plain(refund)] for o, refund in zip(chosen.able, refunds, strict=True)]
    work = BulkWork.objects.create(
        user=staff.user,
        action=action.code,
        orders=rows,
        length=len(rows),
        refund=sum(refunds, Decimal(0)),
    )
    if chosen.others:
        messages.warning(request, _("%s orders are left out: it cannot be done.") % chosen.others)
    return redirect("staff_bulk_work", work.pk)


@require_safe
@staff_page(Right.ORDERS)
def work(request: HttpRequest, staff: Staff, work_id: int) -> HttpResponse:
    """The preview; once it is confirmed, the progress."""
    found = get_object_or_404(BulkWork, pk=work_id, user=staff.user)
    return _show(request, found, _action(found.action, staff))


@require_POST
@staff_page(Right.ORDERS)
def start(request: HttpRequest, staff: Staff, work_id: int) -> HttpResponse:
    """The person confirms, with a reason."""
    found = get_object_or_404(BulkWork, pk=work_id, user=staff.user)
    if _action(found.action, staff).ends:
        ask_again(request)
    reason = request.POST.get("reason", "").strip()[:REASON_MAX]
    if not reason:
        messages.error(request, _("Please give a reason."))
    else:
        fresh = BulkWork.objects.filter(pk=found.pk, is_started=False)
        fresh.update(is_started=True, reason=reason)
    return redirect("staff_bulk_work", found.pk)


@require_POST
@staff_page(Right.ORDERS)
def step(request: HttpRequest, staff: Staff, work_id: int) -> HttpResponse:
    """Do a few more of them, for about STEP_S; the page asks for the next step by itself."""
    found = get_object_or_404(BulkWork, pk=work_id, user=staff.user, is_started=True)
    action = _action(found.action, staff)
    began = time.monotonic()
    for _turn in range(STEP_MAX):
        if found.is_done or time.monotonic() - began > STEP_S:
            break
        _do_next(request, staff, action, found)
        found.refresh_from_db()
    return _show(request, found, action)


def _do_next(request: HttpRequest, staff: Staff, action: Action, found: BulkWork) -> None:
    order_id, shown = found.orders[found.position]
    order = Order.objects.select_related("service", "provider").get(pk=order_id)
    doubts = doubts_about(order) if action.may_double else []
    with transaction.atomic():
        locked = BulkWork.objects.select_for_update().get(pk=found.pk)
        if locked.position != found.position:
            return
        problem = doubts[0] if doubts else _do(request, staff, action, order, locked, shown)
        locked.position += 1
        if problem:
            locked.refused += 1
            locked.problems = [*locked.problems, [order_id, problem]][:PROBLEMS_MAX]
        locked.save(update_fields=["position", "refused", "problems"])
    if action.may_double and not problem:
        forward_soon(order.provider_id)


def _do(
    request: HttpRequest, staff: Staff, action: Action, order: Order, work: BulkWork, shown: str
) -> str:
    """Do it about one order; what was wrong, or nothing."""
    deed = Deed(order, staff.name, database_now(), work.reason, shown=Decimal(shown))
    try:
        perform(request, staff, action, deed)
    except REFUSALS as refusal:
        return str(refusal)
    return ""


def _action(code: str, staff: Staff) -> Action:
    action = ACTIONS.get(code)
    if action is None or not action.in_bulk:
        raise Http404
    if not staff.may(action.right):
        raise PermissionDenied
    return action


def _chosen(request: HttpRequest, action: Action) -> Chosen:
    """The orders that are ticked, or all that the list would show; at most ORDERS_MAX."""
    if request.POST.get("all") == "yes":
        found = Search(QueryDict(request.POST.get("query", "")).dict()).orders()
    else:
        ids = [number_in(text) for text in request.POST.getlist("ids")[:ORDERS_MAX]]
        found = Order.objects.filter(pk__in=[number for number in ids if number is not None])
    rows = list(found.select_related("service").order_by("-pk")[:ORDERS_MAX])
    able = [order for order in rows if action.offered(order)]
    return Chosen(able, len(rows) - len(able))


def _refund(order: Order, action: Action) -> Decimal:
    return correcting.refund_of(order, action.ends) if action.ends else Decimal(0)


def _show(request: HttpRequest, found: BulkWork, action: Action) -> HttpResponse:
    context: dict[str, Any] = {"work": found, "action": action, "orders_max": ORDERS_MAX}
    if request.headers.get("HX-Request"):
        return render(request, "backoffice/parts/bulk.html", context)
    context["sample"] = Order.objects.filter(
        pk__in=[order_id for order_id, _shown in found.orders[:20]]
    ).select_related("service")
    return render(request, "backoffice/bulk.html", context)
