"""What would be made, and making it.

What is shown in the preview is what is made; when the list moved in between, it is shown anew.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders import catalogue
from orders.models import Service
from orders.money import RATE_PLACES
from orders.pricing import converted, margin_percent, rounded_up
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.importing.choosing import show_choice
from panel.backoffice.importing.terms import ImportForm
from providers.models import Provider

ROWS_SHOWN = 500
IMPORTED_MAX = 5_000


LEFT_OUT = {
    "unknown": gettext_lazy("not in the list any more"),
    "imported": gettext_lazy("sold already"),
    "gone": gettext_lazy("gone"),
    "type": gettext_lazy("of a type that nobody knows"),
    "rate": gettext_lazy("no rate can be made of its cost"),
    "cost_held": gettext_lazy("held: its cost jumped"),
    "renumbered": gettext_lazy("held: another service under its id"),
    "invalid": gettext_lazy("held: unreadable"),
}


class _Moved(Exception):
    """What would be made is not what was shown."""


@staff_page(Right.CATALOGUE_CHANGE)
def decide(request: HttpRequest, staff: Staff, provider_id: int) -> HttpResponse:
    """The preview; with the mark of what was shown, the import itself."""
    if request.method != "POST":  # a page that was reloaded
        return redirect("staff_import_from", provider_id)
    provider = get_object_or_404(Provider.objects.defer("api_key"), pk=provider_id)
    form = ImportForm(request.POST)
    if not form.is_valid():
        return show_choice(request, provider, form)
    choice = form.choice(request.POST, provider_id)
    seen = catalogue.preview_import(provider_id, choice)
    refusal = _why_not(seen)
    if refusal:
        messages.error(request, refusal)
        return redirect("staff_import_from", provider_id)
    if not request.POST.get("mark"):
        return _show_preview(request, provider, seen)
    try:
        made = _make(request, staff, provider_id, choice)
    except catalogue.SyncBusy as busy:
        messages.warning(request, str(busy))
        return _show_preview(request, provider, seen)
    except _Moved:
        messages.warning(request, _("The list changed in between: please look again."))
        return _show_preview(request, provider, catalogue.preview_import(provider_id, choice))
    told = ngettext("%d service was made.", "%d services were made.", len(made.service_ids))
    messages.success(request, told % len(made.service_ids))
    return redirect("staff_imported", made.import_id)


def _show_preview(
    request: HttpRequest, provider: Provider, seen: catalogue.ImportPreview
) -> HttpResponse:
    sent = request.POST
    fields = ("markup_percent", "markup_fixed", "rate_places", "heading", "is_active")
    context = {
        "provider": provider,
        "rows": [_row(provider, *pair) for pair in seen.services[:ROWS_SHOWN]],
        "total": len(seen.services),
        "left_out": [(pk, LEFT_OUT.get(why, why)) for pk, why in seen.left_out.items()][
            :ROWS_SHOWN
        ],
        "kept": [(name, sent[name]) for name in fields if sent.get(name)],
        "services": sent.getlist("service"),
        "categories": sent.getlist("category"),
        "is_active": bool(sent.get("is_active")),
        "mark": _mark_of(seen),
    }
    return render(request, "backoffice/importing/preview.html", context)


def _left_out(seen: catalogue.ImportPreview) -> list[tuple[str, Any]]:
    return [(upstream_id, LEFT_OUT.get(why, why)) for upstream_id, why in seen.left_out.items()]


def _row(provider: Provider, new: Any, offer: Any) -> dict[str, Any]:
    cost = converted(offer.facts.cost, provider.exchange_rate)
    rate = new.listing.rate
    shown = rounded_up(cost, places=RATE_PLACES)
    return {"new": new, "offer": offer, "cost": shown, "margin": margin_percent(rate, cost)}


def _why_not(seen: catalogue.ImportPreview) -> str:
    if not seen.services:
        reasons = {str(LEFT_OUT.get(why, why)) for why in seen.left_out.values()}
        return " ".join([_("Nothing was chosen that can be imported."), ", ".join(sorted(reasons))])
    if len(seen.services) > IMPORTED_MAX:
        return _("At most %d services can be imported at once.") % IMPORTED_MAX
    return ""


@transaction.atomic
def _make(
    request: HttpRequest, staff: Staff, provider_id: int, choice: catalogue.Choice
) -> catalogue.Imported:
    """Raises _Moved when this made other services or rates than were shown; then nothing is."""
    made = catalogue.import_services(
        provider_id,
        now=timezone.now(),
        upstream_ids=choice.upstream_ids,
        categories=choice.categories,
        markup=choice.markup,
        category_names=choice.category_names,
        is_active=choice.is_active,
    )
    rows = Service.objects.filter(pk__in=made.service_ids)
    columns = ("sources__offer__upstream_id", "rate", "category__name")
    if _mark(rows.values_list(*columns)) != request.POST["mark"]:
        raise _Moved
    terms = {
        "import": made.import_id,
        "services": len(made.service_ids),
        "markup_percent": choice.markup.markup_percent,
        "is_active": choice.is_active,
    }
    auditing.record(
        request, staff, "import.apply", subject="provider", subject_id=provider_id, new=terms
    )
    return made


def _mark_of(seen: catalogue.ImportPreview) -> str:
    return _mark((new.upstream_id, new.listing.rate, new.category) for new, _offer in seen.services)


def _mark(rows: Iterable[tuple[Any, ...]]) -> str:
    """A fingerprint of what is made: id at the provider, rate, category."""
    return hashlib.sha256(repr(sorted(rows)).encode()).hexdigest()
