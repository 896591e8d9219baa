"""What about money coming in only a person can answer: the list, and closing one."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders.models import PaymentDoubt
from orders.payments import doubting
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, ask_again, staff_page
from panel.backoffice.payments.forms import NoteForm
from panel.backoffice.payments.freezing import frozen_by_payments
from panel.clock import database_now
from panel.pager import by_key

DOUBTS_SHOWN = 50


@require_safe
@staff_page(Right.PAYMENTS)
def doubts(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The open ones, newest first, narrowed by reason."""
    found = doubting.still_open().select_related("payment__customer", "method")
    found = found.defer("method__credentials")
    reason = request.GET.get("reason", "")
    if reason in PaymentDoubt.Reason.values:
        found = found.filter(reason=reason)
    counts = doubting.still_open().order_by().values_list("reason").annotate(Count("pk"))
    context = {
        "pager": by_key(found, request.GET, size=DOUBTS_SHOWN),
        "reason": reason,
        "reasons": [(code, PaymentDoubt.Reason(code).label, n) for code, n in counts],
    }
    return render(request, "backoffice/payments/doubts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.PAYMENTS_CHANGE)
def doubt(request: HttpRequest, staff: Staff, doubt_id: int) -> HttpResponse:
    """Say what was found out; from then on nobody is asked any more. It moves no money."""
    rows = PaymentDoubt.objects.select_related("payment__customer", "method")
    found = get_object_or_404(rows.defer("method__credentials"), pk=doubt_id)
    form = NoteForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        frozen = frozen_by_payments(found.payment.customer) if found.payment else None
        context = {"doubt": found, "form": form, "frozen": frozen}
        return render(request, "backoffice/payments/doubt.html", context)
    ask_again(request)
    note = form.cleaned_data["note"]
    with transaction.atomic():
        if doubting.close(doubt_id, note=note, actor=staff.name, now=database_now()):
            auditing.record(
                request,
                staff,
                "doubt.close",
                subject="payment",
                subject_id=found.payment_id or 0,
                new={"doubt": doubt_id, "reason": found.reason},
                reason=note,
            )
    messages.success(request, _("It is noted."))
    return redirect("staff_doubts")
