"""Doing one action about one order: what it will do first, with its money; then, by POST, the deed.

What was done is written to the audit trail in the same transaction. A call to a provider cannot
be in one: there the trail says first what is tried, and then if it was refused.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from orders import correcting, resolving
from orders.models import Order
from orders.models.order import UPSTREAM_ID_MAX
from orders.money import plain
from orders.resolving import Doubt, Ground
from panel.backoffice import approvals, auditing
from panel.backoffice.access import Staff, ask_again, staff_page
from panel.backoffice.actions import ACTIONS, REFUSALS, Action, Deed
from panel.backoffice.approvals.orders import End, ask, book_end
from panel.backoffice.rights import Right
from panel.clock import database_now
from panel.models.audit import REASON_MAX
from panel.nudges import forward_soon

_NUMBER = re.compile(r"[0-9]{1,15}")
_UPSTREAM_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{UPSTREAM_ID_MAX}}}")
READS = {"upstream_id": _UPSTREAM_ID, "undelivered": _NUMBER, "start_count": _NUMBER}
ASKED: dict[str, Any] = {
    "upstream_id": gettext_lazy("The provider's id of the order"),
    "undelivered": gettext_lazy("Units that were not delivered"),
    "start_count": gettext_lazy("Start count"),
}
GROUNDS: dict[Ground, Any] = {
    Ground.TOO_SOON: gettext_lazy("The provider may still take it: wait until %s."),
    Ground.BALANCE: gettext_lazy("The balance there went down by just what it costs. %s"),
    Ground.LOOK_ALIKE: gettext_lazy("An order there that nobody here holds looks like it: %s."),
    Ground.NOT_ASKED: gettext_lazy("The provider could not be asked: %s"),
    Ground.LATE_ANSWER: gettext_lazy("A late answer contradicts: %s"),
}


@dataclass(slots=True)
class Preview:
    """What an action will do, as it is shown before it is done."""

    order: Order
    action: Action
    value: str = ""
    reason: str = ""
    refund: Decimal | None = None
    """What goes back to the customer; None while that cannot be said yet."""
    doubts: list[Any] = field(default_factory=list)
    errors: list[Any] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The amount as it is confirmed, every digit."""
        return "" if self.refund is None else plain(self.refund)

    @property
    def asked(self) -> Any:
        return ASKED.get(self.action.asks, "")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.ORDERS)
def act(request: HttpRequest, staff: Staff, order_id: int, code: str) -> HttpResponse:
    """GET shows what will happen, POST lets it happen."""
    action = _action(code, staff)
    order = get_object_or_404(
        Order.objects.select_related("service", "provider", "customer"), pk=order_id
    )
    preview = _preview(request, order, action)
    if request.method != "POST":
        return _show(request, preview)
    if action.ends:
        ask_again(request)
    _check(request, preview)
    if not preview.errors:
        try:
            _do(request, staff, preview)
        except REFUSALS as refusal:
            preview.errors.append(str(refusal))
        except approvals.WantsSecond:
            return _ask_second(request, staff, preview)
        else:
            text = _("Order %(id)s: %(done)s.") % {"id": order.pk, "done": action.title}
            messages.success(request, text)
            return _back(request, order.pk)
    preview.order = Order.objects.select_related("service", "provider", "customer").get(pk=order_id)
    return _show(request, preview)


def perform(address: str | None, staff: Staff, action: Action, deed: Deed) -> None:
    """Do it and write it down. Raises one of REFUSALS or WantsSecond; then nothing was changed."""
    if action.calls_outside:
        _perform_outside(address, staff, action, deed)
        return
    with transaction.atomic():
        if action.ends:
            approvals.one_after_another(staff)
        order = Order.objects.select_for_update().get(pk=deed.order.pk)
        old = _facts(order)
        if action.ends:
            book_end(staff, order, End(action.ends, deed.shown, deed.reason), now=deed.now)
        action.do(deed)
        new = _facts(Order.objects.get(pk=deed.order.pk))
        if deed.is_sure:
            new["against_doubts"] = True
        _record(address, staff, action.code, deed, old=old, new=new)


def _perform_outside(address: str | None, staff: Staff, action: Action, deed: Deed) -> None:
    _record(address, staff, action.code, deed, old=_facts(deed.order), new={"asked": deed.value})
    try:
        action.do(deed)
    except REFUSALS as refusal:
        _record(address, staff, f"{action.code}.refused", deed, new={"refusal": str(refusal)})
        raise


def _action(code: str, staff: Staff) -> Action:
    action = ACTIONS.get(code)
    if action is None:
        raise Http404
    if not staff.may(action.right):
        raise PermissionDenied
    return action


def _preview(request: HttpRequest, order: Order, action: Action) -> Preview:
    sent = request.POST if request.method == "POST" else request.GET
    preview = Preview(order, action, sent.get("value", "").strip(), sent.get("reason", "").strip())
    if not action.offered(order):
        preview.errors.append(_("This cannot be done with the order as it is now."))
    if preview.value and not READS[action.asks or "undelivered"].fullmatch(preview.value):
        preview.errors.append(_("This is not a possible value."))
    elif action.ends and (preview.value or not action.asks):
        _reckon(preview)
    return preview


def _reckon(preview: Preview) -> None:
    undelivered = int(preview.value) if preview.value else None
    try:
        preview.refund = correcting.refund_of(
            preview.order, preview.action.ends, undelivered=undelivered
        )
    except correcting.CannotCorrect:
        preview.errors.append(_("The order has %s units.") % preview.order.units)


def _check(request: HttpRequest, preview: Preview) -> None:
    """What must be there before the deed: a value, a reason, the amount as seen, no doubt left."""
    action = preview.action
    if action.asks and not preview.value:
        preview.errors.append(_("Please enter: %s.") % preview.asked)
    if action.needs_reason and not preview.reason:
        preview.errors.append(_("Please give a reason."))
    if action.ends and not preview.errors and _shown(request) != preview.refund:
        preview.errors.append(_("Please look at the amount first, then confirm it."))
    if action.may_double and not preview.errors and request.POST.get("sure") != "yes":
        preview.doubts = doubts_about(preview.order)
        if preview.doubts:
            preview.errors.append(_("The provider may have this order. Please look there first."))


def doubts_about(order: Order) -> list[str]:
    """The grounds against sending an order again, as a person reads them."""
    return [_said(doubt) for doubt in resolving.doubts(order.pk, now=database_now())]


def _said(doubt: Doubt) -> str:
    return str(GROUNDS[doubt.ground]) % doubt.detail


def _do(request: HttpRequest, staff: Staff, preview: Preview) -> None:
    deed = Deed(
        preview.order,
        staff.name,
        database_now(),
        preview.reason[:REASON_MAX],
        preview.value,
        preview.refund or Decimal(0),
        is_sure=request.POST.get("sure") == "yes",
    )
    perform(auditing.address_of(request), staff, preview.action, deed)
    if preview.action.may_double:
        forward_soon(preview.order.provider_id)


def _ask_second(request: HttpRequest, staff: Staff, preview: Preview) -> HttpResponse:
    end = End(
        preview.action.ends, preview.refund or Decimal(0), preview.reason[:REASON_MAX],
        int(preview.value) if preview.value else None,
    )  # fmt: skip
    ask(request, staff, preview.order, end, now=database_now())
    messages.success(request, _("It waits for a second person."))
    return _back(request, preview.order.pk)


def _shown(request: HttpRequest) -> Decimal | None:
    """The amount that the person confirmed; None for none, or for something unreadable."""
    try:
        return Decimal(request.POST.get("shown", ""))
    except InvalidOperation:
        return None


def _facts(order: Order) -> dict[str, Any]:
    names = ("status", "hold", "refunded", "remains", "start_count", "upstream_id", "cost")
    return {name: getattr(order, name) for name in names}


def _record(
    address: str | None,
    staff: Staff,
    code: str,
    deed: Deed,
    *,
    old: dict[str, Any] | None = None,
    new: dict[str, Any],
) -> None:
    """Only what differs: a line of the trail is read by people."""
    before = old or {}
    changed = {name for name in new if before.get(name) != new[name]}
    auditing.append(
        address,
        staff,
        f"order.{code}",
        subject="order",
        subject_id=deed.order.pk,
        old={name: before[name] for name in before if name in changed},
        new={name: new[name] for name in new if name in changed},
        reason=deed.reason,
    )


def _show(request: HttpRequest, preview: Preview) -> HttpResponse:
    context = {"preview": preview, "next": request.POST.get("next") or request.GET.get("next", "")}
    return render(request, "backoffice/act.html", context)


def _back(request: HttpRequest, order_id: int) -> HttpResponse:
    """Where the action was chosen, if that is a page of ours."""
    here = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        here, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(here) if is_ours else redirect("staff_order", order_id)
