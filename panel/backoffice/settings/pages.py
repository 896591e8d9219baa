"""The page of settings: looked at while it is written, kept with a line in the trail."""

import hashlib
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from orders.models import LedgerEntry
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.settings.forms import SettingsForm
from panel.context import storefront_of
from panel.models import Storefront

ROW = 1
SHOWN_MAX = {"name": 100, "headline": 120, "intro": 400}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.SETTINGS, fresh=True)
def edit_settings(request: HttpRequest, staff: Staff) -> HttpResponse:
    brand = storefront_of(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = SettingsForm(brand, *sent, keeps_currency=_keeps_currency())
    if form.is_valid():
        _write(request, staff, form)
        messages.success(request, _("The settings were saved."))
        return redirect("staff_settings")
    context = {"form": form, "shown": _shown(request, brand)}
    return render(request, "backoffice/settings/edit.html", context)


@require_POST
@staff_page(Right.SETTINGS)
def preview(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The brand as it would look; nothing is kept."""
    context = {"shown": _shown(request, storefront_of(request))}
    return render(request, "backoffice/settings/preview.html", context)


def _keeps_currency() -> bool:
    """Whether anything is written in the currency: then another one would be a lie."""
    return LedgerEntry.objects.exists()


@transaction.atomic
def _write(request: HttpRequest, staff: Staff, form: SettingsForm) -> None:
    """Only the columns that differ, so that two people who change two things keep both."""
    Storefront.objects.get_or_create(pk=ROW)
    row = Storefront.objects.select_for_update().get(pk=ROW)
    new = {name: form.cleaned_data[name] for name in form.changed_data if name in form.columns}
    old = {name: getattr(row, name) for name in new}
    logo = form.cleaned_data.get("new_logo")
    if logo or form.cleaned_data.get("no_logo"):
        old["logo"] = _named(row.logo)
        row.logo, row.logo_type = logo or (None, "")
        new["logo"] = _named(row.logo)
    for name, value in new.items():
        if name != "logo":
            setattr(row, name, value)
    if not new:
        return
    row.save()
    auditing.record(
        request, staff, "settings.edit", subject="settings", subject_id=ROW, old=old, new=new
    )


def _named(logo: bytes | memoryview | None) -> str | None:
    """A picture as the trail keeps it: enough to tell it from another."""
    return f"sha256:{hashlib.sha256(logo).hexdigest()[:16]}" if logo else None


def _shown(request: HttpRequest, brand: Storefront) -> dict[str, Any]:
    sent = request.POST if request.method == "POST" else {}
    shown: dict[str, Any] = {
        name: sent.get(name, getattr(brand, name))[:limit] for name, limit in SHOWN_MAX.items()
    }
    colour = sent.get("colour", brand.colour)
    shown["colour"] = colour if colour in Storefront.Colour.values else brand.colour
    shown["has_logo"] = bool(brand.logo_type) and not sent.get("no_logo")
    return shown
