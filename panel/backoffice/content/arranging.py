"""Texts are published, hidden, put in their order, and removed once they are hidden."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.content.editing import write
from panel.backoffice.content.kinds import kind_or_404
from panel.storefront.services import number_in


@require_POST
@staff_page(Right.CONTENT)
def switch(request: HttpRequest, staff: Staff, kind: str, text_id: int) -> HttpResponse:
    """Published or hidden, as the button said that was pressed."""
    found = kind_or_404(kind)
    get_object_or_404(found.rows, pk=text_id)
    write(request, staff, found, text_id, {"is_published": request.POST.get("to") == "on"})
    return redirect("staff_texts", kind)


@require_POST
@staff_page(Right.CONTENT)
def move(request: HttpRequest, staff: Staff, kind: str, text_id: int) -> HttpResponse:
    """Put it before another one; without one, at the end."""
    found = kind_or_404(kind)
    row = get_object_or_404(found.rows, pk=text_id)
    before_id = number_in(request.POST.get("before", ""))
    if not found.is_sorted:
        return redirect("staff_texts", kind)
    with transaction.atomic():
        rows = {one.pk: one for one in found.rows.select_for_update()}
        ids = [pk for pk in rows if pk != text_id]
        ids.insert(ids.index(before_id) if before_id in ids else len(ids), text_id)
        for place, pk in enumerate(ids, start=1):
            rows[pk].position = place
        found.rows.bulk_update(rows.values(), ["position"])
        auditing.record(
            request,
            staff,
            f"{kind}.move",
            subject="text",
            subject_id=text_id,
            old={"position": row.position},
            new={"position": rows[text_id].position},
        )
    return redirect("staff_texts", kind)


@require_POST
@staff_page(Right.CONTENT)
def remove(request: HttpRequest, staff: Staff, kind: str, text_id: int) -> HttpResponse:
    """Only what nobody can read any more; the trail keeps its words."""
    found = kind_or_404(kind)
    get_object_or_404(found.rows, pk=text_id)
    with transaction.atomic():
        row = found.rows.select_for_update().filter(pk=text_id, is_published=False).first()
        if row is None:
            messages.error(request, _("Hide it first."))
            return redirect("staff_texts", kind)
        old = {name: getattr(row, name) for name in found.columns}
        auditing.record(
            request, staff, f"{kind}.remove", subject="text", subject_id=text_id, old=old
        )
        row.delete()
    messages.success(request, _("The text was removed."))
    return redirect("staff_texts", kind)
