"""One action about one refill or wish to cancel: what it will do, then, by POST, the deed."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orders.money import plain
from panel.backoffice import auditing
from panel.backoffice.access import Staff, ask_again, staff_page
from panel.backoffice.approvals import WantsSecond
from panel.backoffice.rights import Right
from panel.backoffice.wishes.actions import REFUSALS, Queue, WishAction, WishDeed
from panel.backoffice.wishes.doing import perform, refund_of
from panel.backoffice.wishes.listing import queue_of
from panel.clock import database_now
from panel.models.audit import REASON_MAX


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.ORDERS)
def act(request: HttpRequest, staff: Staff, queue: str, wish_id: int, deed: str) -> HttpResponse:
    """GET shows what will happen, POST lets it happen."""
    shown = queue_of(queue)
    action = _action(shown, deed, staff)
    rows = shown.rows.objects.select_related("order__service", "order__customer")
    wish: Any = get_object_or_404(rows, pk=wish_id)
    context: dict[str, Any] = {"queue": shown, "action": action, "wish": wish, "order": wish.order}
    context["refund"] = refund_of(action, wish) if action.offered(wish) else None
    context["shown"] = plain(context["refund"]) if action.ends and context["refund"] else ""
    if request.method == "POST":
        if action.ends:
            ask_again(request)
        problem = _do(request, staff, shown, action, context)
        if not problem:
            told = _("Order %(id)s: %(done)s.") % {"id": wish.order_id, "done": action.title}
            messages.success(request, told)
            return redirect(_back(request, shown))
        context["problem"] = problem
    elif not action.offered(wish):
        context["problem"] = _("This cannot be done with it as it is now.")
    context |= {"next": _back(request, shown), "reason": request.POST.get("reason", "")}
    return render(request, "backoffice/wishes/act.html", context)


def _do(
    request: HttpRequest, staff: Staff, queue: Queue, action: WishAction, context: dict[str, Any]
) -> str:
    """Do it; what was wrong, or nothing."""
    wish = context["wish"]
    reason = request.POST.get("reason", "").strip()[:REASON_MAX]
    if not action.offered(wish):
        return _("This cannot be done with it as it is now.")
    if action.is_told and not reason:
        return _("Please give a reason: the customer reads it.")
    if action.ends and request.POST.get("shown") != context["shown"]:
        return _("Please look at the amount first, then confirm it.")
    deed = WishDeed(wish.pk, staff.name, database_now(), reason, refund_of(action, wish))
    try:
        perform(auditing.address_of(request), staff, queue, action, deed)
    except (*REFUSALS, WantsSecond) as refusal:
        return str(refusal)
    return ""


def _action(queue: Queue, code: str, staff: Staff) -> WishAction:
    action = queue.actions.get(code)
    if action is None:
        raise Http404
    if not staff.may(action.right):
        raise PermissionDenied
    return action


def _back(request: HttpRequest, queue: Queue) -> str:
    """The queue as it was left, with its filters; never another host."""
    sent = request.POST if request.method == "POST" else request.GET
    address = sent.get("next", "")
    if url_has_allowed_host_and_scheme(address, {request.get_host()}):
        return address
    return reverse("staff_requests", args=[queue.code])
