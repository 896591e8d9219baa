"""One text: written, looked at as its readers will see it, kept."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.content.forms import BODY_MAX, TextForm
from panel.backoffice.content.kinds import TEXTS_MAX, TextKind, kind_or_404
from panel.clock import database_now
from panel.models import News


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.CONTENT)
def new_text(request: HttpRequest, staff: Staff, kind: str) -> HttpResponse:
    found = kind_or_404(kind)
    form = TextForm(found, data=request.POST or None)
    if "look" in request.POST or not form.is_valid():
        return _show(request, form)
    if found.rows.count() >= TEXTS_MAX:
        form.add_error(None, _("At most %(limit)s texts of a kind.") % {"limit": TEXTS_MAX})
        return _show(request, form)
    _add(request, staff, found, form.cleaned_data)
    messages.success(request, _("The text was saved."))
    return redirect("staff_texts", kind)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.CONTENT)
def edit_text(request: HttpRequest, staff: Staff, kind: str, text_id: int) -> HttpResponse:
    found = kind_or_404(kind)
    row = get_object_or_404(found.rows, pk=text_id)
    form = TextForm(found, row, request.POST or None)
    if "look" in request.POST or not form.is_valid():
        return _show(request, form)
    write(request, staff, found, text_id, form.cleaned_data)
    messages.success(request, _("The text was saved."))
    return redirect("staff_texts", kind)


@require_POST
@staff_page(Right.CONTENT)
def preview(request: HttpRequest, staff: Staff, kind: str) -> HttpResponse:
    """The text as it will be read, for the box beside the form. Nothing is kept."""
    return render(request, "backoffice/content/preview.html", _looks(request, kind_or_404(kind)))


@transaction.atomic
def write(
    request: HttpRequest, staff: Staff, kind: TextKind, text_id: int, columns: dict[str, Any]
) -> None:
    """Write what differs, with a line in the trail. News that are published are new from then."""
    row = kind.rows.select_for_update().get(pk=text_id)
    old = {name: getattr(row, name) for name in columns if getattr(row, name) != columns[name]}
    if not old:
        return
    new = {name: columns[name] for name in old}
    for name, value in new.items():
        setattr(row, name, value)
    if isinstance(row, News) and new.get("is_published"):
        row.published_at = database_now()
    row.save()
    _record(request, staff, "edit", kind, text_id, old, new)


@transaction.atomic
def _add(request: HttpRequest, staff: Staff, kind: TextKind, columns: dict[str, Any]) -> None:
    row = kind.model(**columns)
    if kind.is_sorted:
        last = kind.rows.order_by("-position").values_list("position", flat=True).first()
        row.position = (last or 0) + 1  # type: ignore[attr-defined]
    row.save()
    _record(request, staff, "add", kind, row.pk, {}, columns)


def _record(
    request: HttpRequest,
    staff: Staff,
    deed: str,
    kind: TextKind,
    text_id: int,
    old: dict[str, Any],
    new: dict[str, Any],
) -> None:
    action = f"{kind.code}.{deed}"
    auditing.record(request, staff, action, subject="text", subject_id=text_id, old=old, new=new)


def _looks(request: HttpRequest, kind: TextKind) -> dict[str, str]:
    sent = request.POST
    return {
        "heading": sent.get(kind.heading, "")[:BODY_MAX],
        "body": sent.get(kind.body, "")[:BODY_MAX],
    }


def _show(request: HttpRequest, form: TextForm) -> HttpResponse:
    kind, row = form.kind, form.row
    looks = {"heading": getattr(row, kind.heading), "body": getattr(row, kind.body)} if row else {}
    if request.method == "POST":
        looks = _looks(request, kind)
    context = {"form": form, "kind": kind, "row": row, **looks}
    return render(request, "backoffice/content/edit.html", context)
