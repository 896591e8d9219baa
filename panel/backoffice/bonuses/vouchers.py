"""Vouchers: made many at once, their codes shown once as a file, each taken back with a reason."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.ledger import InsufficientBalance
from orders.models import Voucher, VoucherBatch
from orders.money import plain
from orders.payments import CodeRefused, vouchers
from panel.backoffice import approvals, auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.bonuses.forms import BatchForm
from panel.context import storefront_of
from panel.models import FundsRequest
from panel.models.audit import REASON_MAX
from panel.pager import by_key
from panel.paying import bonuses
from panel.spreadsheets import streamed

SUBJECT = "vouchers"
VOUCHERS_SHOWN = 50
HEAD = ("Code", "Amount", "Currency", "Good until")


@staff_page(Right.METHODS, fresh=True)
def new_vouchers(request: HttpRequest, staff: Staff) -> HttpResponseBase:
    """The answer to a complete form is the file with the codes: they are nowhere else. For much
    money there are no codes until a second person has confirmed it."""
    form = BatchForm(request.POST or None)
    if not form.is_valid():
        context = {"form": form, "title": _("Make vouchers")}
        context["hint"] = _("You get a file with the codes, once. Keep it: only digests stay here.")
        return render(request, "backoffice/bonuses/make.html", context)
    try:
        batch_id, told = _make(request, staff, form.cleaned_data)
    except approvals.AskedBefore:
        messages.warning(request, _("These vouchers were made already; none were made again."))
        return redirect("staff_bonuses")
    if told is None:
        messages.success(request, _("It waits for a second person."))
        return redirect("staff_vouchers", batch_id)
    return _file(request, *told)


@require_POST
@staff_page(Right.METHODS, fresh=True)
def voucher_codes(request: HttpRequest, staff: Staff, batch_id: int) -> HttpResponseBase:
    """The file with the codes of a batch that a second person confirmed: once."""
    get_object_or_404(VoucherBatch, pk=batch_id)
    try:
        with transaction.atomic():
            told = vouchers.tell_codes(batch_id)
            auditing.record(
                request,
                staff,
                "vouchers.codes",
                subject=SUBJECT,
                subject_id=batch_id,
                new={"count": len(told[1])},
            )
    except CodeRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("staff_vouchers", batch_id)
    return _file(request, *told)


@transaction.atomic
def _make(
    request: HttpRequest, staff: Staff, given: dict[str, Any]
) -> tuple[int, tuple[VoucherBatch, list[str]] | None]:
    """The batch's id, with its codes unless it waits for a second person."""
    terms = {name: value for name, value in given.items() if name != "token"}
    made = vouchers.propose_batch(**terms, actor=staff.name)
    auditing.record(request, staff, "vouchers.make", subject=SUBJECT, subject_id=made.pk, new=terms)
    total = made.amount * made.count
    said = f"{made.title} · {plain(made.amount)} × {made.count}"
    wanted = approvals.Move(FundsRequest.Purpose.VOUCHERS, made.pk, total, said, given["token"])
    row = approvals.move(request, staff, wanted, now=timezone.now())
    return made.pk, None if row.is_waiting else vouchers.tell_codes(made.pk)


def _file(request: HttpRequest, made: VoucherBatch, codes: list[str]) -> HttpResponseBase:
    until = made.expires_at.isoformat(timespec="minutes") if made.expires_at else ""
    rest = [plain(made.amount), storefront_of(request).currency, until]
    rows = ([code, *rest] for code in codes)
    return streamed(HEAD, rows, name=f"vouchers-{made.pk}.csv")


@require_safe
@staff_page(Right.METHODS)
def batch(request: HttpRequest, staff: Staff, batch_id: int) -> HttpResponse:
    """One making, with who redeemed what."""
    found = get_object_or_404(VoucherBatch, pk=batch_id)
    rows = Voucher.objects.filter(batch=found).select_related("redeemed_by")
    if request.GET.get("redeemed"):
        rows = rows.filter(redeemed_at__isnull=False)
    pager = by_key(rows, request.GET, size=VOUCHERS_SHOWN)
    asked = FundsRequest.objects.filter(
        purpose=FundsRequest.Purpose.VOUCHERS, subject_id=batch_id, wants_second=True
    ).first()
    context = {
        "batch": found,
        "pager": pager,
        "may_wait": bool(asked and asked.is_waiting and not asked.is_lapsed(timezone.now())),
        "has_codes": found.vouchers.exists(),
    }
    return render(request, "backoffice/bonuses/batch.html", context)


@require_POST
@staff_page(Right.METHODS, fresh=True)
def switch_batch(request: HttpRequest, staff: Staff, batch_id: int) -> HttpResponse:
    get_object_or_404(VoucherBatch, pk=batch_id)
    try:
        with transaction.atomic():
            is_active = bonuses.switch(VoucherBatch, batch_id)
            auditing.record(
                request,
                staff,
                "vouchers.switch",
                subject=SUBJECT,
                subject_id=batch_id,
                old={"is_active": not is_active},
                new={"is_active": is_active},
            )
    except CodeRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("staff_vouchers", batch_id)


@require_POST
@staff_page(Right.METHODS, fresh=True)
def take_back(request: HttpRequest, staff: Staff, voucher_id: int) -> HttpResponse:
    """Take a redeemed voucher off the balance that it went to."""
    voucher = get_object_or_404(Voucher, pk=voucher_id)
    reason = request.POST.get("reason", "").strip()
    if not 0 < len(reason) <= REASON_MAX:
        messages.error(request, _("Say why."))
        return redirect("staff_vouchers", voucher.batch_id)
    try:
        with transaction.atomic():
            entry = vouchers.take_back(voucher_id, actor=staff.name, reason=reason)
            new = {"voucher": voucher_id, "customer": entry.customer_id, "amount": entry.amount}
            auditing.record(
                request,
                staff,
                "vouchers.take_back",
                subject=SUBJECT,
                subject_id=voucher.batch_id,
                new=new,
                reason=reason,
            )
    except (CodeRefused, InsufficientBalance) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It was booked."))
    return redirect("staff_vouchers", voucher.batch_id)
