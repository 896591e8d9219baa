"""One change for many services: shown first with what follows from it, then made.

What is shown is what is made: when anything moved in between, it is shown anew instead.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders import catalogue, pricing
from orders.models import Category, Service
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.services import finding
from panel.backoffice.services.editing import back, edit
from panel.backoffice.services.finding import Wanted
from panel.backoffice.services.forms import BulkForm
from panel.backoffice.services.listing import REASONS, margin_of
from panel.storefront.services import number_in

ROWS_SHOWN = 200


class _Moved(Exception):
    """What would be made is not what was shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the preview: a service before and after."""

    service: Service
    edited: catalogue.Edited
    cost: Decimal | None
    category: str

    @property
    def margins(self) -> tuple[Decimal | None, Decimal | None]:
        before, after = self.edited.before["rate"], self.edited.after["rate"]
        return margin_of(before, self.cost), margin_of(after, self.cost)

    @property
    def is_at_a_loss(self) -> bool:
        return self.cost is not None and self.edited.after["rate"] < self.cost

    @property
    def reason(self) -> Any:
        word = self.edited.after["unavailable"]
        return REASONS.get(word, word)


@staff_page(Right.CATALOGUE_CHANGE)
def bulk(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The preview; with the mark of what was shown, the change itself."""
    if request.method != "POST":  # a page that was reloaded
        return redirect("staff_services")
    form, ids = BulkForm(request.POST), chosen_ids(request.POST)
    refusal = _why_not(form, ids)
    if refusal:
        messages.error(request, refusal)
        return redirect(back(request))
    mark = request.POST.get("mark", "")
    try:
        if mark:
            return _make(request, staff, form, ids, mark)
        return _preview(request, form, ids)
    except catalogue.EditRefused as refused:
        messages.error(request, str(refused))
        return redirect(back(request))


def chosen_ids(sent: QueryDict) -> list[int]:
    """Ids of the ticks, of the preview before, or of everything that the filters match."""
    if sent.get("everything"):
        found = finding.matching(Wanted.read(QueryDict(sent.get("query", ""))))
        return list(found.values_list("pk", flat=True)[: catalogue.EDITED_MAX + 1])
    texts = sent.get("ids", "").split(",") if sent.get("ids") else sent.getlist("service")
    numbers = [number_in(text) for text in texts[: catalogue.EDITED_MAX + 1]]
    return list(dict.fromkeys(number for number in numbers if number is not None))


def _why_not(form: BulkForm, ids: Sequence[int]) -> str:
    if not ids:
        return _("Choose services first.")
    if not form.is_valid():
        return " ".join(str(text) for errors in form.errors.values() for text in errors)
    return ""


def _changes(form: BulkForm, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What the deed means for each service. Raises EditRefused."""
    asked = form.cleaned_data
    match asked["deed"]:
        case BulkForm.MARKUP:
            # A fixed rate would hide the markup: it goes.
            columns = {"markup_percent": asked["percent"], "own_rate": None}
        case BulkForm.MARGIN:
            return _margins(ids, asked["percent"])
        case BulkForm.CATEGORY:
            columns = {"category_id": _category_id(asked["category"])}
        case BulkForm.RATE:
            return _rates(ids, asked["percent"])
        case deed:
            columns = {"is_active": deed == BulkForm.ON}
    return dict.fromkeys(ids, columns)


def _rates(ids: Sequence[int], percent: Decimal) -> dict[int, dict[str, Any]]:
    rates = dict(Service.objects.filter(pk__in=ids).values_list("pk", "rate"))
    try:
        return {
            pk: {"own_rate": pricing.changed_by(rates[pk], percent)} for pk in ids if pk in rates
        }
    except ValueError as error:
        raise catalogue.EditRefused(str(error)) from error


def _margins(ids: Sequence[int], percent: Decimal) -> dict[int, dict[str, Any]]:
    """The least margin of each; a fixed rate that leaves less is raised to it."""
    changes: dict[int, dict[str, Any]] = {}
    for service in finding.matching(Wanted()).filter(pk__in=ids):
        changes[service.pk] = {"minimum_margin": percent}
        cost: Decimal | None = service.cost  # type: ignore[attr-defined]
        if service.own_rate is not None and cost is not None:
            changes[service.pk]["own_rate"] = max(service.own_rate, _rate_of(cost, percent))
    return {pk: changes[pk] for pk in ids if pk in changes}


def _rate_of(cost: Decimal, percent: Decimal) -> Decimal:
    """The least rate that leaves ``percent`` of the cost. Raises EditRefused."""
    try:
        return pricing.changed_by(cost, percent)
    except ValueError as error:
        raise catalogue.EditRefused(str(error)) from error


def _category_id(name: str) -> int:
    found = Category.objects.filter(name=name).values_list("pk", flat=True).first()
    if found is None:
        raise catalogue.EditRefused(_("There is no category of this name."))
    return found


def _preview(request: HttpRequest, form: BulkForm, ids: Sequence[int]) -> HttpResponse:
    edited = catalogue.preview_edit(_changes(form, ids), now=timezone.now())
    context = {
        "rows": _rows(edited[:ROWS_SHOWN]),
        "total": len(edited),
        "changed": sum(bool(one.changed) for one in edited),
        "deed": dict(form.fields["deed"].choices)[form.cleaned_data["deed"]],  # type: ignore[attr-defined]
        "asked": form.cleaned_data,
        "ids": ",".join(str(pk) for pk in ids),
        "mark": _mark(edited),
        "next": back(request),
    }
    return render(request, "backoffice/services/bulk.html", context)


def _make(
    request: HttpRequest, staff: Staff, form: BulkForm, ids: Sequence[int], mark: str
) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()
    try:
        with transaction.atomic():
            edited = edit(request, staff, _changes(form, ids), reason=reason)
            if _mark(edited) != mark:
                raise _Moved
    except _Moved:
        messages.warning(request, _("Something changed in between: please look again."))
        return _preview(request, form, ids)
    count = sum(bool(one.changed) for one in edited)
    told = ngettext("%d service was changed.", "%d services were changed.", count)
    messages.success(request, told % count)
    return redirect(back(request))


def _rows(edited: Sequence[catalogue.Edited]) -> list[Row]:
    ids = [one.service_id for one in edited]
    services = {row.pk: row for row in finding.matching(Wanted()).filter(pk__in=ids)}
    targets = {one.after["category_id"] for one in edited}
    names = dict(Category.objects.filter(pk__in=targets).values_list("pk", "name"))
    return [
        Row(
            services[one.service_id],
            one,
            services[one.service_id].cost,  # type: ignore[attr-defined]
            names[one.after["category_id"]],
        )
        for one in edited
    ]


def _mark(edited: Sequence[catalogue.Edited]) -> str:
    """A fingerprint of what is shown: every value before and after."""
    text = repr([(one.service_id, one.before, one.after) for one in edited])
    return hashlib.sha256(text.encode()).hexdigest()
