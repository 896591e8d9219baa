"""Beginning to look as a customer, and going back to the back-office."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders.models import Customer
from panel.backoffice import auditing
from panel.backoffice.access import Staff, staff_page
from panel.backoffice.loginas import marks
from panel.backoffice.rights import Right, rights_of
from panel.models import User
from panel.models.audit import REASON_MAX

BEGUN, SENT, ENDED = "customer.look", "customer.look_sent", "customer.look_ended"


@require_POST
@staff_page(Right.LOG_IN_AS, fresh=True)
def begin(request: HttpRequest, staff: Staff, customer_id: int) -> HttpResponse:
    """Log in as the customer, to look: with a reason, and never as somebody of the staff."""
    get_object_or_404(Customer, pk=customer_id)
    reason = request.POST.get("reason", "").strip()
    if not 0 < len(reason) <= REASON_MAX:
        messages.error(request, _("Please give a reason."))
        return redirect("staff_customer", customer_id)
    user = _who_logs_in(customer_id)
    if user is None:
        messages.error(request, _("Nobody can log in as this customer."))
        return redirect("staff_customer", customer_id)
    with transaction.atomic():
        minutes = int(marks.LOOK_FOR.total_seconds() // 60)
        new = {"user": user.email, "minutes": minutes}
        auditing.record(
            request, staff, BEGUN, subject="customer", subject_id=customer_id, new=new,
            reason=reason,
        )  # fmt: skip
        marks.begin(request, staff.user, user)
    return redirect("new_order")


@require_POST
@login_required
def leave(request: HttpRequest) -> HttpResponse:
    """Back to the back-office."""
    look = marks.look_of(request)
    if look is None or look.staff is None:
        raise Http404
    finish(request, look)
    return redirect("staff_customer", look.customer_id)


@transaction.atomic
def finish(request: HttpRequest, look: marks.Look) -> None:
    """End a look of somebody who still may look, and write it down."""
    if look.staff is not None:
        note(request, look, ENDED)
        marks.end(request, look.staff, look.proved)


def note(request: HttpRequest, look: marks.Look, action: str, **new: object) -> None:
    """What happened during a look, in the name of the person who looks."""
    staff = look.staff
    if staff is not None:
        auditing.record(
            request, Staff(staff, rights_of(staff)), action, subject="customer",
            subject_id=look.customer_id, new=new,
        )  # fmt: skip


def _who_logs_in(customer_id: int) -> User | None:
    """The customer's user; nobody who is switched off, and nobody with rights of the staff."""
    people = User.objects.filter(customer_id=customer_id, is_active=True)
    return people.filter(is_staff=False, is_superuser=False, role="").first()
