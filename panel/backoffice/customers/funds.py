"""Giving and taking funds by hand: with a reason, shown before it is booked, booked once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import ledger
from orders.models import Customer
from panel.backoffice import approvals
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.customers.detail import show
from panel.backoffice.customers.forms import FundsForm
from panel.models import FundsRequest


@staff_page(Right.FUNDS, fresh=True)
def adjust(request: HttpRequest, staff: Staff, customer_id: int) -> HttpResponse:
    """The balance before and after; with ``confirmed`` the booking itself, or its request."""
    if request.method != "POST":  # a page that was reloaded
        return redirect("staff_customer", customer_id)
    customer = get_object_or_404(Customer, pk=customer_id)
    form = FundsForm(request.POST)
    if not form.is_valid():
        return show(request, staff, customer_id, funds_form=form)
    wanted = _wanted(form, customer_id)
    if not request.POST.get("confirmed"):
        return _look_first(request, staff, customer, form, wanted)
    try:
        row = approvals.move(request, staff, wanted, now=timezone.now())
    except ledger.InsufficientBalance as refusal:
        form.add_error("amount", str(refusal))
        return show(request, staff, customer_id, funds_form=form)
    except (approvals.AskedBefore, ledger.AlreadyBooked):
        messages.warning(request, _("This was booked already; it was not booked again."))
    else:
        said = _("It waits for a second person.") if row.is_waiting else _("It was booked.")
        messages.success(request, said)
    return redirect("staff_customer", customer_id)


def _wanted(form: FundsForm, customer_id: int) -> approvals.Move:
    return approvals.Move(
        FundsRequest.Purpose.FUNDS,
        customer_id,
        form.signed,
        form.cleaned_data["reason"],
        form.cleaned_data["token"],
        customer_id=customer_id,
    )


def _look_first(
    request: HttpRequest, staff: Staff, customer: Customer, form: FundsForm, wanted: approvals.Move
) -> HttpResponse:
    context = {
        "buyer": customer,
        "form": form,
        "after": customer.balance + form.signed,
        "amount": form.signed,
        "wants_second": approvals.wants_second(staff, wanted, now=timezone.now()),
    }
    return render(request, "backoffice/customers/funds.html", context)
