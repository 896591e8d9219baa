"""Needs a person: the open questions with their evidence, and the answers beside them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, F, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders import tracking
from orders.models import Order, Review
from orders.payments import doubting
from panel.backoffice import auditing, bulk
from panel.backoffice.access import Staff, ask_again, staff_page
from panel.backoffice.actions import ACTIONS, Action
from panel.backoffice.finding import ANY_QUESTION
from panel.backoffice.rights import Right
from panel.clock import database_now
from panel.pager import by_key
from panel.storefront.services import number_in
from providers.models import Provider

QUESTIONS_SHOWN = 50

_LOOKS = ("leave", "partial", "complete", "refund")
ANSWERS: dict[str, tuple[str, ...]] = {
    Review.Reason.SILENT: ("placed", "send_again", "refund"),
    Review.Reason.MARGIN: ("release", "refund"),
    Review.Reason.SOURCE: ("release", "refund"),
    Review.Reason.CONTRADICTION: ("leave", "release", "refund"),
    Review.Reason.BRAKE: ("refund",),
    Review.Reason.REFUSED: _LOOKS,
    Review.Reason.WORD: _LOOKS,
    Review.Reason.REMAINS: _LOOKS,
    Review.Reason.FAILED: _LOOKS,
    Review.Reason.MISSING: _LOOKS,
    Review.Reason.TOO_OLD: _LOOKS,
    Review.Reason.UNPAID: _LOOKS,
}
BRAKE_ANSWERS = {"release": tracking.release, "dismiss": tracking.dismiss}


@dataclass(frozen=True, slots=True)
class Question:
    """A row of the list: what is asked, and the answers that this person may give."""

    review: Review
    answers: list[Action]


@require_safe
@staff_page(Right.ORDERS)
def attention(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Open questions, newest first, narrowed by reason and provider."""
    found = _found(request)
    pager = by_key(found, request.GET, size=QUESTIONS_SHOWN)
    reasons, reason = _reasons(), request.GET.get("reason", "")
    context = {
        "pager": pager,
        "questions": [Question(row, _answers(row, staff)) for row in pager.rows],
        "reasons": reasons,
        "total": sum(count for _code, _title, count in reasons),
        "reason": reason,
        "actions": _in_bulk(reason, staff),
        "query": _as_orders(request, reason),
        "works": bulk.recent(staff),
        "providers": Provider.objects.values_list("pk", "name"),
        "brakes": _brakes(),
        "doubts": doubting.still_open().count() if staff.may(Right.PAYMENTS) else 0,
    }
    return render(request, "backoffice/attention.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.REFUND)
def brake(request: HttpRequest, staff: Staff, provider_id: int, code: str) -> HttpResponse:
    """Answer for all orders of a provider whose cancellations are held: GET shows the money."""
    provider = get_object_or_404(Provider, pk=provider_id)
    if code not in BRAKE_ANSWERS:
        return redirect("staff_attention")
    held = Order.objects.filter(
        reviews__reason=Review.Reason.BRAKE, reviews__resolved_at=None, provider=provider
    )
    sums = held.aggregate(count=Count("pk"), money=Sum(F("charge") - F("refunded")))
    reason = request.POST.get("reason", "").strip()
    if request.method == "POST":
        ask_again(request)
        if reason and request.POST.get("shown") == str(sums["count"]):
            _answer_brake(request, staff, provider, code, reason)
            return redirect("staff_attention")
    context = {
        "provider": provider,
        "code": code,
        "count": sums["count"],
        "money": sums["money"] or Decimal(0),
        "is_incomplete": request.method == "POST",
        "reason": reason,
    }
    return render(request, "backoffice/brake.html", context)


def _answer_brake(
    request: HttpRequest, staff: Staff, provider: Provider, code: str, reason: str
) -> None:
    with transaction.atomic():
        count = BRAKE_ANSWERS[code](provider.pk, actor=staff.name, now=database_now())
        auditing.record(
            request,
            staff,
            f"brake.{code}",
            subject="provider",
            subject_id=provider.pk,
            new={"orders": count},
            reason=reason,
        )
    messages.success(request, _("%s orders were answered for.") % count)


def _found(request: HttpRequest) -> QuerySet[Review]:
    found = Review.objects.filter(resolved_at=None).select_related(
        "order__service", "order__provider", "order__customer"
    )
    reason = request.GET.get("reason", "")
    if reason in Review.Reason.values:
        found = found.filter(reason=reason)
    provider_id = number_in(request.GET.get("provider", ""))
    if provider_id is not None:
        found = found.filter(order__provider_id=provider_id)
    return found


def _answers(review: Review, staff: Staff) -> list[Action]:
    """Without a query for each row: whether a question may be left follows from its reason."""
    actions = [ACTIONS[code] for code in ANSWERS[review.reason]]
    return [
        action
        for action in actions
        if staff.may(action.right) and _is_offered(action, review.order)
    ]


def _is_offered(action: Action, order: Order) -> bool:
    return not order.hold if action.code == "leave" else action.offered(order)


def _in_bulk(reason: str, staff: Staff) -> list[Action]:
    """What can be answered to many at once: to all of one reason, or to any that are ticked."""
    codes = ANSWERS.get(reason) or [code for answers in ANSWERS.values() for code in answers]
    rows = [ACTIONS[code] for code in dict.fromkeys(codes)]
    return [action for action in rows if action.in_bulk and staff.may(action.right)]


def _as_orders(request: HttpRequest, reason: str) -> str:
    """The same list as a search for orders: bulk work is about those."""
    provider_id = number_in(request.GET.get("provider", ""))
    question = reason if reason in Review.Reason.values else ANY_QUESTION
    return urlencode({"question": question} | ({"provider": provider_id} if provider_id else {}))


def _reasons() -> list[tuple[str, Any, int]]:
    """Code, title and count of each reason that has open questions."""
    counts = (
        Review.objects.filter(resolved_at=None)
        .order_by("reason")
        .values_list("reason")
        .annotate(Count("pk"))
    )
    return [(reason, Review.Reason(reason).label, count) for reason, count in counts]


def _brakes() -> Any:
    """Providers whose refunds are held, with the number of their orders."""
    held = Review.objects.filter(resolved_at=None, reason=Review.Reason.BRAKE)
    return (
        held.order_by("order__provider__name")
        .values("order__provider_id", "order__provider__name")
        .annotate(count=Count("pk"))
    )
