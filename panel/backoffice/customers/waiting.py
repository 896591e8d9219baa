"""What waits for a person about one customer: money that two must move, payments, orders."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.lifecycle import Status
from orders.models import Customer, Order, Payment, PaymentDoubt, Review
from panel.backoffice.access import Right, Staff
from panel.backoffice.finding import HELD
from panel.backoffice.wishes.actions import QUEUES
from panel.models import FundsRequest, IntakeLine

SHOWN_MAX = 10  # of each sort
WISHES_MAX = 200
_Purpose = FundsRequest.Purpose
MORE = "…"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits, or ``count`` of them. Without an ``address`` this person cannot go
    there."""

    title: Any
    number: int | None = None
    detail: Any = ""
    address: str = ""
    amount: Decimal | None = None
    count: int | None = None
    since: datetime | None = None


def waiting_about(customer: Customer, staff: Staff, *, now: datetime) -> list[Line]:
    """All of it, as far as this person may see it; money first."""
    found = list(_for_two(customer, staff, now=now))
    if staff.may(Right.PAYMENTS):
        found += [*_payments(customer), *_doubts(customer)]
    if staff.may(Right.ORDERS):
        found += [*_questions(customer), *_held(customer), *_wishes(customer)]
    return found


def _for_two(customer: Customer, staff: Staff, *, now: datetime) -> Iterator[Line]:
    """Money that wants a second person; files that would be taken back with this customer, too."""
    files = IntakeLine.objects.filter(customer=customer).values("intake")
    theirs = Q(customer=customer) | Q(purpose=_Purpose.IMPORT_BACK, subject_id__in=files)
    waiting = FundsRequest.objects.filter(
        theirs, state=FundsRequest.State.WAITING, lapses_at__gt=now
    )
    page = reverse("staff_approvals") if staff.may(Right.FUNDS) else ""
    found = list(waiting.select_related("asked_by").order_by("pk")[: SHOWN_MAX + 1])
    for row in found[:SHOWN_MAX]:
        title = row.get_purpose_display()
        reason = "" if row.reason == title else row.reason
        yield Line(
            title,
            detail=" · ".join(filter(None, [row.get_state_display(), str(row.asked_by), reason])),
            address=page and f"{page}#request-{row.pk}",
            amount=row.amount,
            since=row.asked_at,
        )
    if len(found) > SHOWN_MAX:
        yield Line(MORE, address=page)


def _payments(customer: Customer) -> Iterator[Line]:
    waiting = Payment.objects.filter(customer=customer, status=Payment.Status.WAITING)
    rows = waiting.select_related("method").defer("method__credentials").order_by("-pk")
    for row in rows[:SHOWN_MAX]:
        yield Line(
            _("Payment"),
            row.pk,
            f"{row.get_status_display()} · {row.method or row.gateway}",
            reverse("staff_payment", args=[row.pk]),
            row.amount,
            since=row.created_at,
        )


def _doubts(customer: Customer) -> Iterator[Line]:
    doubts = PaymentDoubt.objects.filter(payment__customer=customer, closed_at=None)
    for row in doubts.order_by("-pk")[:SHOWN_MAX]:
        page, said = reverse("staff_payment", args=[row.payment_id]), row.get_reason_display()
        yield Line(_("Payment"), row.payment_id, said, page, since=row.opened_at)


def _questions(customer: Customer) -> Iterator[Line]:
    questions = Review.objects.filter(order__customer=customer, resolved_at=None)
    found = list(questions.order_by("-pk")[: SHOWN_MAX + 1])
    for row in found[:SHOWN_MAX]:
        page, said = reverse("staff_order", args=[row.order_id]), row.get_reason_display()
        yield Line(_("Order"), row.order_id, said, page, since=row.opened_at)
    if len(found) > SHOWN_MAX:
        yield Line(MORE, address=reverse("staff_attention"))


def _held(customer: Customer) -> Iterator[Line]:
    count = Order.objects.filter(customer=customer, status=Status.PENDING).exclude(hold="").count()
    if count:
        asked = urlencode({"customer": customer.pk, "status": HELD})
        yield Line(_("Held"), address=f"{reverse('staff_orders')}?{asked}", count=count)


def _wishes(customer: Customer) -> Iterator[Line]:
    """The queues find by numbers of orders: one line leads to all of them."""
    for queue in QUEUES.values():
        found = queue.rows.objects.filter(order__customer=customer, status__in=queue.still_open)
        ids = list(found.order_by("-pk").values_list("order_id", flat=True)[:WISHES_MAX])
        if ids:
            asked = urlencode({"q": " ".join(map(str, ids))})
            page = f"{reverse('staff_requests', args=[queue.code])}?{asked}"
            yield Line(queue.title, address=page, count=len(ids))
