"""The person's word: take the file in, or take back what it brought."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from panel.backoffice import approvals
from panel.backoffice.access import Staff, staff_page
from panel.backoffice.approvals.deeds import REFUSALS
from panel.backoffice.intake import pages, starting
from panel.backoffice.intake.forms import BackForm, StartForm
from panel.backoffice.rights import Right
from panel.models import FundsRequest, Intake

Purpose = FundsRequest.Purpose


@require_POST
@staff_page(Right.FUNDS, fresh=True)
def start(request: HttpRequest, staff: Staff, intake_id: int) -> HttpResponse:
    """Take in what is ready; much money together waits for a second person."""
    found = get_object_or_404(Intake, pk=intake_id)
    form = StartForm(request.POST, may_mail=bool(settings.EMAIL_URL))
    if not form.is_valid():
        return pages.show(request, found, start_form=form)
    return _asked(request, found, lambda: _ask_to_start(request, staff, found, form))


@require_POST
@staff_page(Right.FUNDS, fresh=True)
def take_back(request: HttpRequest, staff: Staff, intake_id: int) -> HttpResponse:
    """Take back the customers that nobody used yet, and what they were given."""
    found = get_object_or_404(Intake, pk=intake_id)
    form = BackForm(request.POST)
    if not form.is_valid():
        return pages.show(request, found, back_form=form)
    return _asked(request, found, lambda: _ask_to_go_back(request, staff, found, form))


def _asked(
    request: HttpRequest, found: Intake, ask: Callable[[], FundsRequest | None]
) -> HttpResponse:
    """Ask once, tell what came of it, and go back to the file."""
    answer = redirect("staff_intake_file", found.pk)
    if pages.asked_about(found):
        return answer
    try:
        row = ask()
    except (approvals.AskedBefore, *REFUSALS) as refusal:
        messages.error(request, str(refusal))
    else:
        if row is not None and row.is_waiting:
            messages.success(request, _("It waits for a second person."))
    return answer


@transaction.atomic
def _ask_to_start(
    request: HttpRequest, staff: Staff, found: Intake, form: StartForm
) -> FundsRequest | None:
    """A file without any money wants nobody else."""
    _hold(found)
    given, now = form.cleaned_data, timezone.now()
    Intake.objects.filter(pk=found.pk, state=Intake.State.DRAFT).update(
        sends_mails=given.get("sends_mails", False)
    )
    if found.total:
        wanted = approvals.Move(
            Purpose.IMPORT, found.pk, found.total, given["reason"], given["token"]
        )
        return approvals.move(request, staff, wanted, now=now)
    starting.start(
        request, staff, found.pk, actor=staff.name, total=found.total, reason=given["reason"],
        now=now,
    )  # fmt: skip
    return None


@transaction.atomic
def _ask_to_go_back(
    request: HttpRequest, staff: Staff, found: Intake, form: BackForm
) -> FundsRequest | None:
    _hold(found)
    given, total = form.cleaned_data, starting.taken_in(found)
    if total:
        wanted = approvals.Move(
            Purpose.IMPORT_BACK, found.pk, -total, given["reason"], given["token"]
        )
        return approvals.move(request, staff, wanted, now=timezone.now())
    starting.go_back(request, staff, found.pk, actor=staff.name, reason=given["reason"])
    return None


def _hold(found: Intake) -> None:
    """Lock the file before the person who asks: two who ask at once come one after the other."""
    Intake.objects.select_for_update().get(pk=found.pk)
