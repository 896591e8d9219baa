"""One reading of a provider's list: what it changed, what was refused, taking it back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import catalogue
from orders.models import CatalogueSync
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page

ROWS_SHOWN = 200


@require_safe
@staff_page(Right.PROVIDERS)
def sync(request: HttpRequest, staff: Staff, sync_id: int) -> HttpResponse:
    """What came of one reading; of a refused list, its first rows."""
    found = get_object_or_404(
        CatalogueSync.objects.select_related("provider").defer("provider__api_key"), pk=sync_id
    )
    kept: dict[str, Any] = found.kept_list or {}
    context = {
        "sync": found,
        "provider": found.provider,
        "counts": [(name.replace("_", " "), n) for name, n in found.counts.items() if n],
        "skipped": found.skipped[:ROWS_SHOWN],
        "listed": kept.get("offers", [])[:ROWS_SHOWN],
        "has_list": found.kept_list is not None,
        "has_undo": found.outcome == CatalogueSync.Outcome.APPLIED and found.undo is not None,
    }
    return render(request, "backoffice/providers/sync.html", context)


@require_POST
@staff_page(Right.PROVIDERS_CHANGE, fresh=True)
def apply_anyway(request: HttpRequest, staff: Staff, sync_id: int) -> HttpResponse:
    """Believe a list that was refused."""
    return _decide(request, staff, "sync.apply_anyway", catalogue.apply_anyway, sync_id)


@require_POST
@staff_page(Right.PROVIDERS_CHANGE, fresh=True)
def undo(request: HttpRequest, staff: Staff, sync_id: int) -> HttpResponse:
    """Make offers and services what they were before this reading."""
    return _decide(request, staff, "sync.undo", catalogue.undo_sync, sync_id)


def _decide(
    request: HttpRequest,
    staff: Staff,
    action: str,
    deed: Callable[..., CatalogueSync],
    sync_id: int,
) -> HttpResponse:
    old = get_object_or_404(CatalogueSync.objects.only("outcome"), pk=sync_id).outcome
    now: datetime = timezone.now()
    try:
        with transaction.atomic():
            done = deed(sync_id, now=now)
            auditing.record(
                request,
                staff,
                action,
                subject="provider",
                subject_id=done.provider_id,
                old={"sync": sync_id, "outcome": old},
                new={"sync": done.pk, "outcome": done.outcome},
            )
    except (catalogue.CannotApply, catalogue.CannotUndo, catalogue.SyncBusy) as refusal:
        messages.error(request, str(refusal))
        return redirect("staff_sync", sync_id)
    messages.success(request, _("Done."))
    return redirect("staff_sync", done.pk)
