"""Giving and taking funds by hand: with a reason, shown before it is booked, booked once."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from orders import dealing, ledger
from orders.models import Customer
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.customers.detail import show
from panel.backoffice.customers.forms import FundsForm

CAUSE = "staff"


@staff_page(Right.FUNDS, fresh=True)
def adjust(request: HttpRequest, staff: Staff, customer_id: int) -> HttpResponse:
    """The balance before and after; with ``confirmed`` the booking itself."""
    if request.method != "POST":  # a page that was reloaded
        return redirect("staff_customer", customer_id)
    customer = get_object_or_404(Customer, pk=customer_id)
    form = FundsForm(request.POST)
    if not form.is_valid():
        return show(request, customer_id, funds_form=form)
    if not request.POST.get("confirmed"):
        after = customer.balance + form.signed
        context = {"buyer": customer, "form": form, "after": after, "amount": form.signed}
        return render(request, "backoffice/customers/funds.html", context)
    try:
        _book(request, staff, customer_id, form)
    except ledger.InsufficientBalance as refusal:
        form.add_error("amount", str(refusal))
        return show(request, customer_id, funds_form=form)
    except ledger.AlreadyBooked:
        messages.warning(request, _("This was booked already; it was not booked again."))
    else:
        messages.success(request, _("It was booked."))
    return redirect("staff_customer", customer_id)


@transaction.atomic
def _book(request: HttpRequest, staff: Staff, customer_id: int, form: FundsForm) -> None:
    reason = form.cleaned_data["reason"]
    entry = dealing.adjust_funds(
        customer_id,
        form.signed,
        cause=f"{CAUSE}:{form.cleaned_data['token']}",
        reason=reason,
        actor=staff.name,
    )
    auditing.record(
        request,
        staff,
        "customer.funds",
        subject="customer",
        subject_id=customer_id,
        old={"balance": entry.balance_after - entry.amount},
        new={"balance": entry.balance_after, "amount": entry.amount, "entry": entry.number},
        reason=reason,
    )
