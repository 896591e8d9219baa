"""Other sources for many services: what was found at the other provider first, then the change.

Each line that is shown carries a mark of its own, so that lines can be left out; when one of
the others moved in between, all is shown anew instead.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders import catalogue
from orders.catalogue import Edited, Match
from orders.models import Service
from orders.pricing import converted
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.services.bulk import chosen_ids
from panel.backoffice.services.editing import back
from panel.backoffice.services.forms import ManySourcesForm
from panel.backoffice.services.listing import REASONS, margin_of
from panel.storefront.services import number_in
from providers.models import Offer

MARK_LENGTH = 16


class _Moved(Exception):
    """What would be made is not what was shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the preview: a service before and after, and the offer that was found for it."""

    service: Service
    edited: Edited
    match: Match | None
    costs: tuple[Decimal | None, Decimal | None]

    @property
    def pair(self) -> str:
        """What the tick sends: the service, its offer, and the mark of what is shown."""
        found = self.match.offer.pk if self.match else ""
        return f"{self.service.pk}:{found}:{_mark(self.edited)}"

    @property
    def margins(self) -> list[Decimal | None]:
        rates = (self.edited.before["rate"], self.edited.after["rate"])
        return [margin_of(rate, cost) for rate, cost in zip(rates, self.costs, strict=True)]

    @property
    def is_at_a_loss(self) -> bool:
        cost = self.costs[1]
        return cost is not None and self.edited.after["rate"] < cost

    @property
    def reason(self) -> Any:
        word = self.edited.after["unavailable"]
        return REASONS.get(word, word)


@staff_page(Right.CATALOGUE_CHANGE)
def sources(request: HttpRequest, staff: Staff) -> HttpResponse:
    """First what is to be done, then the preview, with "apply" the change."""
    if request.method != "POST":  # a page that was reloaded
        return redirect("staff_services")
    ids = chosen_ids(request.POST)
    if not 0 < len(ids) <= catalogue.SOURCED_MAX:
        told = _("Choose up to %d services first.") % catalogue.SOURCED_MAX
        messages.error(request, told)
        return redirect(back(request))
    form = ManySourcesForm(request.POST if "change" in request.POST else None)
    if form.is_valid() and request.POST.get("apply") == "yes":
        return _apply(request, staff, form, ids)
    return _show(request, form, ids)


def _show(request: HttpRequest, form: ManySourcesForm, ids: Sequence[int]) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "ids": ",".join(str(pk) for pk in ids),
        "total": len(ids),
        "next": back(request),
    }
    if form.is_valid():
        try:
            context["rows"] = _rows(form, ids)
        except catalogue.EditRefused as refused:
            form.add_error(None, str(refused))
        else:
            context["left_out"] = len(ids) - len(context["rows"])
    return render(request, "backoffice/services/sources.html", context)


def _rows(form: ManySourcesForm, ids: Sequence[int]) -> list[Row]:
    """What would change for whom. Raises EditRefused."""
    services = Service.objects.select_related("category").in_bulk(ids)
    matches: dict[int, Match] = {}
    if form.there is not None:
        matches = catalogue.find_offers(services.values(), provider_id=form.there)
    found = {pk: matches[pk].offer.pk if pk in matches else None for pk in services}
    plans = catalogue.planned(form.deed, found, provider_id=form.here)
    edited = catalogue.preview_sources(plans, now=timezone.now())
    costs = _costs(edited)
    return [
        Row(services[one.service_id], one, matches.get(one.service_id), cost)
        for one, cost in zip(edited, costs, strict=True)
    ]


def _apply(
    request: HttpRequest, staff: Staff, form: ManySourcesForm, ids: Sequence[int]
) -> HttpResponse:
    found, marks = _ticked(request.POST.getlist("pair"), ids)
    reason = request.POST.get("reason", "").strip()
    try:
        with transaction.atomic():
            plans = catalogue.planned(form.deed, found, provider_id=form.here)
            edited = catalogue.set_many_sources(plans, now=timezone.now())
            if {one.service_id: _mark(one) for one in edited} != marks:
                raise _Moved
            _record(request, staff, edited, reason)
    except (_Moved, catalogue.EditRefused):
        messages.warning(request, _("Something changed in between: please look again."))
        return _show(request, form, ids)
    told = ngettext("%d service was changed.", "%d services were changed.", len(edited))
    messages.success(request, told % len(edited))
    return redirect(back(request))


def _ticked(
    pairs: Iterable[str], ids: Sequence[int]
) -> tuple[dict[int, int | None], dict[int, str]]:
    """The offers found for the services that are ticked, and the marks of what was shown."""
    found: dict[int, int | None] = {}
    marks: dict[int, str] = {}
    for pair in list(pairs)[: catalogue.SOURCED_MAX]:
        service, _colon, rest = pair.partition(":")
        offer, _colon, mark = rest.partition(":")
        service_id = number_in(service)
        if service_id in ids and service_id is not None:
            found[service_id], marks[service_id] = number_in(offer), mark
    return found, marks


def _record(request: HttpRequest, staff: Staff, edited: Sequence[Edited], reason: str) -> None:
    for one in edited:
        auditing.record(
            request,
            staff,
            "service.sources",
            subject="service",
            subject_id=one.service_id,
            old={"sources": one.before["sources"], "rate": one.before["rate"]},
            new={"sources": one.after["sources"], "rate": one.after["rate"]},
            reason=reason,
        )


def _costs(edited: Sequence[Edited]) -> list[tuple[Decimal | None, Decimal | None]]:
    """What each costs before and after, in our money: its first source that can be used."""
    ids = {i for one in edited for side in (one.before, one.after) for i, _on in side["sources"]}
    offers = Offer.objects.select_related("provider").defer("description").in_bulk(ids)

    def cost(lines: Sequence[tuple[int, bool]]) -> Decimal | None:
        for offer_id, is_active in lines:
            offer = offers[offer_id]
            if is_active and not offer.is_gone and offer.provider.is_active:
                return converted(offer.cost, offer.provider.exchange_rate)
        return None

    return [(cost(one.before["sources"]), cost(one.after["sources"])) for one in edited]


def _mark(edited: Edited) -> str:
    """A fingerprint of what is shown about one service."""
    text = repr((edited.service_id, edited.before, edited.after))
    return hashlib.sha256(text.encode()).hexdigest()[:MARK_LENGTH]
