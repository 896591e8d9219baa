"""What providers' balances did against what our orders cost, day by day."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders import reconciling
from orders.models import ProviderDay, ProviderTopUp
from orders.models.readings import AMOUNT_PLACES, REASON_MAX
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.dressing import Dressed, number_input
from panel.clock import database_now
from panel.storefront.services import number_in
from providers.models import Provider

PERIODS_DAYS = (7, 30, 90)
PERIOD_DAYS = 30
DAYS_SHOWN = 500
PROVIDERS_MAX = 500
AMOUNT_MOST = Decimal(10) ** 12


class NoteForm(Dressed):
    """What moved the balance besides our orders."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        min_value=-AMOUNT_MOST,
        max_value=AMOUNT_MOST,
        decimal_places=AMOUNT_PLACES,
        help_text=gettext_lazy("Below zero for what was taken away."),
        widget=number_input(),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=REASON_MAX)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError(_("Nothing needs no note."))
        return amount


@require_safe
@staff_page(Right.PROOF)
def days(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The days of all providers, or of one; those with a difference alone if asked so."""
    span = _span(request.GET)
    today = database_now().astimezone(UTC).date()
    provider_id = number_in(request.GET.get("provider", ""))
    found = reconciling.between(today - timedelta(days=span - 1), today, provider_id=provider_id)
    is_open_only = request.GET.get("open") == "1"
    context = {
        "days": [day for day in found if not (is_open_only and day.is_explained)][:DAYS_SHOWN],
        "open_days": sum(not day.is_explained for day in found),
        "is_open_only": is_open_only,
        "span": span,
        "periods": PERIODS_DAYS,
        "providers": Provider.objects.only("name").order_by("name")[:PROVIDERS_MAX],
        "chosen": provider_id,
    }
    return render(request, "backoffice/reconciling/days.html", context)


@require_safe
@staff_page(Right.PROOF)
def day(request: HttpRequest, staff: Staff, provider_id: int, date: str) -> HttpResponse:
    """One day of a provider: its readings, what staff noted, and where to look."""
    return _show(request, _found(provider_id, date))


@require_POST
@staff_page(Right.PROOF, fresh=True)
def note(request: HttpRequest, staff: Staff, provider_id: int, date: str) -> HttpResponse:
    """Say what moved the balance besides our orders."""
    found, form = _found(provider_id, date), NoteForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form=form)
    try:
        _note(request, staff, found, form.cleaned_data)
    except reconciling.AlreadyNoted:
        messages.warning(request, _("This was noted already; it was not noted again."))
    else:
        messages.success(request, _("It was noted."))
    return redirect("staff_reconciled_day", provider_id, date)


def _span(query: Mapping[str, str]) -> int:
    asked = query.get("days", "")
    return int(asked) if asked in map(str, PERIODS_DAYS) else PERIOD_DAYS


def _found(provider_id: int, text: str) -> reconciling.Day:
    try:
        asked: date | None = parse_date(text)
        if asked is None:
            raise Http404
        return reconciling.of_provider(provider_id, asked)
    except (ValueError, ProviderDay.DoesNotExist) as error:
        raise Http404 from error


def _show(
    request: HttpRequest, found: reconciling.Day, *, form: NoteForm | None = None
) -> HttpResponse:
    row = found.row
    notes = ProviderTopUp.objects.filter(provider=row.provider_id, day=row.day)
    context = {
        "day": found,
        "provider": row.provider,
        "readings": reconciling.readings_of(row),
        "suspects": [] if found.is_explained else reconciling.suspects(found),
        "notes": notes.order_by("id"),
        "form": form or NoteForm(),
    }
    return render(request, "backoffice/reconciling/day.html", context)


@transaction.atomic
def _note(
    request: HttpRequest, staff: Staff, found: reconciling.Day, given: dict[str, Any]
) -> None:
    row = found.row
    made = reconciling.note_top_up(
        row.provider_id,
        row.day,
        given["amount"],
        reason=given["reason"],
        actor=staff.name,
        token=given["token"],
    )
    auditing.record(
        request,
        staff,
        "provider.top_up",
        subject="provider",
        subject_id=row.provider_id,
        old={"difference": found.difference},
        new={"day": row.day, "amount": made.amount},
        reason=made.reason,
    )
