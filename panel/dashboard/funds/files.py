"""Receipts of payments by hand: sent by the customer, seen by them and the staff alone."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import payments
from orders.models import Customer
from panel.dashboard.access import for_customers
from panel.dashboard.funds.following import found, show
from panel.dashboard.funds.forms import ReceiptForm
from panel.dashboard.pace import RECEIPTS_PER_MINUTE, paced
from panel.models import PaymentReceipt
from panel.paying import receipts


@require_POST
@for_customers
@paced(RECEIPTS_PER_MINUTE)
def say_paid(request: HttpRequest, customer: Customer, token: UUID) -> HttpResponse:
    """The customer says that they have paid, with a receipt if they like."""
    row = found(customer, token)
    form = ReceiptForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, row, form)
    try:
        kept = receipts.keep(row, form.receipt) if form.receipt else None
    except receipts.ReceiptRefused as refusal:
        form.add_error("file", str(refusal))
        return show(request, row, form)
    if payments.claim_paid(row.pk, customer_id=customer.pk, receipt=str(kept.pk) if kept else ""):
        messages.success(request, _("Thank you. Our staff look for your payment."))
    else:
        messages.info(request, _("This payment is not open any more."))
    return redirect("payment", token)


@require_safe
@for_customers
def receipt_file(
    request: HttpRequest, customer: Customer, token: UUID, receipt_id: UUID
) -> HttpResponse:
    row = found(customer, token)
    return handed_out(get_object_or_404(PaymentReceipt, pk=receipt_id, payment=row))


def handed_out(receipt: PaymentReceipt) -> HttpResponse:
    """A receipt to be kept on a disk, never to be opened as a page of ours."""
    answer = HttpResponse(bytes(receipt.data), content_type=receipt.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{receipt.file_name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
