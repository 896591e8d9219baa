"""What one import made, and taking it back."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from orders import catalogue
from orders.models import CatalogueImport, Service
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page

ROWS_SHOWN = 500


@require_safe
@staff_page(Right.CATALOGUE_CHANGE)
def imported(request: HttpRequest, staff: Staff, import_id: int) -> HttpResponse:
    """What one import made, and taking it back."""
    found = get_object_or_404(
        CatalogueImport.objects.select_related("provider").defer("provider__api_key"), pk=import_id
    )
    services = Service.objects.filter(pk__in=found.services).select_related("category")
    context = {
        "import": found,
        "provider": found.provider,
        "services": services.order_by("pk")[:ROWS_SHOWN],
        "total": len(found.services),
    }
    return render(request, "backoffice/importing/done.html", context)


@require_POST
@staff_page(Right.CATALOGUE_CHANGE)
def undo(request: HttpRequest, staff: Staff, import_id: int) -> HttpResponse:
    """Delete what the import made, but for what was sold or edited since."""
    found = get_object_or_404(CatalogueImport.objects.only("provider_id"), pk=import_id)
    try:
        with transaction.atomic():
            left = catalogue.undo_import(import_id, now=timezone.now())
            auditing.record(
                request,
                staff,
                "import.undo",
                subject="provider",
                subject_id=found.provider_id,
                new={"import": import_id, "kept": left},
            )
    except (catalogue.CannotUndo, catalogue.SyncBusy) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _told_undone(left))
    return redirect("staff_imported", import_id)


def _told_undone(left: list[int]) -> str:
    if not left:
        return _("The import was taken back.")
    told = ngettext(
        "The import was taken back, but for %d service that was sold or edited since.",
        "The import was taken back, but for %d services that were sold or edited since.",
        len(left),
    )
    return told % len(left)
