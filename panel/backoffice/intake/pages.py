"""Importing customers: upload, dry run, progress, result, and taking it back."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from panel.backoffice import auditing
from panel.backoffice.access import Staff, staff_page
from panel.backoffice.intake import drafting
from panel.backoffice.intake.columns import FIELDS
from panel.backoffice.intake.forms import BackForm, ColumnsForm, FileForm, StartForm
from panel.backoffice.intake.reading import FILE_MAX, ROWS_MAX
from panel.backoffice.intake.starting import SUBJECT, taken_in
from panel.backoffice.rights import Right
from panel.models import FundsRequest, Intake
from panel.spreadsheets import streamed

INTAKES_SHOWN = 20
LINES_SHOWN = 20
PROBLEMS_SHOWN = 100
BATCH = 2_000
Purpose = FundsRequest.Purpose


@require_safe
@staff_page(Right.FUNDS)
def begin(request: HttpRequest, staff: Staff) -> HttpResponse:
    return _show_begin(request, FileForm())


@require_POST
@staff_page(Right.FUNDS, fresh=True)
def upload(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Keep the file as a draft, with its dry run."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show_begin(request, form)
    name = request.FILES["file"].name or ""  # type: ignore[union-attr]
    with transaction.atomic():
        made = drafting.draft(form.cleaned_data["file"], user=staff.user, file_name=name)
        new = {"file": made.file_name, "lines": made.lines_count, "total": made.total}
        auditing.record(
            request, staff, "intake.upload", subject=SUBJECT, subject_id=made.pk, new=new
        )
    return redirect("staff_intake_file", made.pk)


@require_safe
@staff_page(Right.FUNDS)
def file(request: HttpRequest, staff: Staff, intake_id: int) -> HttpResponse:
    """The dry run, the progress or the result of one file."""
    found = get_object_or_404(Intake.objects.select_related("user"), pk=intake_id)
    return show(request, found)


@require_POST
@staff_page(Right.FUNDS, fresh=True)
def try_again(request: HttpRequest, staff: Staff, intake_id: int) -> HttpResponse:
    """The dry run anew, with the columns read in another way."""
    found = get_object_or_404(Intake, pk=intake_id)
    form = ColumnsForm(found, request.POST)
    if not form.is_valid():
        return show(request, found, columns_form=form)
    if asked_about(found):
        messages.error(request, _("It waits for a second person and cannot be changed meanwhile."))
        return redirect("staff_intake_file", intake_id)
    try:
        drafting.try_again(intake_id, form.columns, mark=form.cleaned_data["mark"])
    except drafting.NoDraft as refusal:
        messages.error(request, str(refusal))
    return redirect("staff_intake_file", intake_id)


@require_safe
@staff_page(Right.FUNDS)
def problems_csv(request: HttpRequest, staff: Staff, intake_id: int) -> StreamingHttpResponse:
    """Every line with a problem, as it stood in the file, to be mended and sent again."""
    found = get_object_or_404(Intake, pk=intake_id)
    lines = found.lines.exclude(problem="").order_by("number").values_list(
        "number", "problem", "cells"
    )  # fmt: skip
    rows = ([number, problem, *cells] for number, problem, cells in lines.iterator(BATCH))
    head = [_("Line"), _("Problem"), *found.header]
    return streamed(head, rows, name="problems.csv")


def show(request: HttpRequest, found: Intake, **filled: Any) -> HttpResponse:
    """The page; ``filled`` are forms by their name in the page, to be looked at again."""
    part = "parts/intake" if "part" in request.GET else "file"
    context = _facts(found) | _forms(found) | filled
    return render(request, f"backoffice/intake/{part}.html", context)


def asked_about(found: Intake) -> FundsRequest | None:
    """The request about this file that a second person has still to answer."""
    asked = FundsRequest.objects.filter(
        purpose__in=(Purpose.IMPORT, Purpose.IMPORT_BACK),
        subject_id=found.pk,
        state=FundsRequest.State.WAITING,
        lapses_at__gt=timezone.now(),
    )
    return asked.select_related("asked_by").first()


def _facts(found: Intake) -> dict[str, Any]:
    lines, problems = found.lines.order_by("number"), found.lines.exclude(problem="")
    made = found.lines.filter(customer__isnull=False)
    is_draft = found.state == Intake.State.DRAFT
    good = lines.filter(problem="") if is_draft else made
    bad = problems.count()
    return {
        "intake": found,
        "asked": asked_about(found),
        "bad": bad,
        "problems": problems.order_by("number")[:PROBLEMS_SHOWN],
        "more_problems": max(bad - PROBLEMS_SHOWN, 0),
        "lines": good.select_related("customer")[:LINES_SHOWN],
        "more": max((found.ready if is_draft else made.count()) - LINES_SHOWN, 0),
        **_progress(found),
    }


def _progress(found: Intake) -> dict[str, Any]:
    made = found.lines.filter(customer__isnull=False)
    count = made.count()
    done, of = {
        Intake.State.MAILING: (count - made.filter(is_mail_due=True).count(), count),
        Intake.State.GOING_BACK: (made.filter(is_back=True).count(), count),
    }.get(Intake.State(found.state), (count, found.ready))
    return {
        "made": count,
        "done": done,
        "of": of,
        "percent": 100 * done // of if of else 100,
        "given": taken_in(found),
        "taken_back": made.filter(is_back=True, problem="").count(),
        "kept": made.filter(is_back=True).exclude(problem="").count(),
        "unmailed": made.exclude(mail_error="").count(),
    }


def _forms(found: Intake) -> dict[str, Any]:
    return {
        "columns_form": ColumnsForm(found),
        "start_form": StartForm(may_mail=bool(settings.EMAIL_URL)),
        "back_form": BackForm(),
    }


def _show_begin(request: HttpRequest, form: FileForm) -> HttpResponse:
    context = {
        "form": form,
        "fields": FIELDS,
        "rows_max": ROWS_MAX,
        "megabytes_max": FILE_MAX // 1024**2,
        "intakes": Intake.objects.select_related("user")[:INTAKES_SHOWN],
    }
    return render(request, "backoffice/intake/begin.html", context)
