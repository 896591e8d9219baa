"""One service: what staff decide about it, its sources, its place, and all that was changed."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders import catalogue
from orders.models import CatalogueChange, Service
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.services.forms import ServiceForm, SourceForm
from panel.backoffice.services.listing import Line, supplies_of
from panel.models import AuditEntry
from panel.storefront.services import number_in
from providers.models import Offer

CHANGES_SHOWN = 20


@staff_page(Right.CATALOGUE)
def service(request: HttpRequest, staff: Staff, service_id: int) -> HttpResponse:
    """To read for everybody who sees the catalogue; to save for those who may change it."""
    found = get_object_or_404(Service.objects.select_related("category"), pk=service_id)
    if request.method != "POST" or not staff.may(Right.CATALOGUE_CHANGE):
        return _show(request, found, ServiceForm(found))
    form = ServiceForm(found, request.POST)
    if not form.is_valid():
        return _show(request, found, form)
    try:
        edit(request, staff, {service_id: form.columns()})
    except catalogue.EditRefused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, found, form)
    messages.success(request, _("The changes were saved."))
    return redirect("staff_service", service_id)


@require_POST
@staff_page(Right.CATALOGUE_CHANGE)
def switch(request: HttpRequest, staff: Staff, service_id: int) -> HttpResponse:
    """On or off, as the button said that was pressed."""
    get_object_or_404(Service, pk=service_id)
    edit(request, staff, {service_id: {"is_active": request.POST.get("to") == "on"}})
    return redirect(back(request))


@require_POST
@staff_page(Right.CATALOGUE_CHANGE)
def duplicate(request: HttpRequest, staff: Staff, service_id: int) -> HttpResponse:
    """A copy with the same sources, off until somebody looked at it."""
    get_object_or_404(Service, pk=service_id)
    with transaction.atomic():
        copy_id = catalogue.duplicate_service(service_id, now=timezone.now())
        auditing.record(
            request,
            staff,
            "service.duplicate",
            subject="service",
            subject_id=copy_id,
            new={"copy of": service_id},
        )
    messages.success(request, _("This is the copy. It is off until you switch it on."))
    return redirect("staff_service", copy_id)


@require_POST
@staff_page(Right.CATALOGUE_CHANGE)
def move(request: HttpRequest, staff: Staff, service_id: int) -> HttpResponse:
    """Put it before another one of its category; without one, at the end."""
    old = get_object_or_404(Service, pk=service_id).position
    try:
        with transaction.atomic():
            before_id = number_in(request.POST.get("before", ""))
            catalogue.move_service(service_id, before_id=before_id)
            new = Service.objects.values_list("position", flat=True).get(pk=service_id)
            auditing.record(
                request,
                staff,
                "service.move",
                subject="service",
                subject_id=service_id,
                old={"position": old},
                new={"position": new},
            )
    except catalogue.EditRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(back(request))


@require_POST
@staff_page(Right.CATALOGUE_CHANGE)
def add_source(request: HttpRequest, staff: Staff, service_id: int) -> HttpResponse:
    """One more offer, tried after the others."""
    found = get_object_or_404(Service.objects.select_related("category"), pk=service_id)
    form = SourceForm(request.POST)
    if form.is_valid():
        offer = Offer.objects.filter(
            provider=form.cleaned_data["provider"], upstream_id=form.cleaned_data["upstream_id"]
        ).first()
        try:
            if offer is None:
                raise catalogue.EditRefused(_("This provider lists no such service."))
            _set_sources(request, staff, service_id, [*_sources(service_id), (offer.pk, True)])
        except catalogue.EditRefused as refusal:
            form.add_error("upstream_id", str(refusal))
        else:
            return redirect("staff_service", service_id)
    return _show(request, found, ServiceForm(found), source_form=form)


@require_POST
@staff_page(Right.CATALOGUE_CHANGE)
def change_source(request: HttpRequest, staff: Staff, service_id: int) -> HttpResponse:
    """Move, switch or remove the source of an offer."""
    get_object_or_404(Service, pk=service_id)
    offer_id = number_in(request.POST.get("offer", ""))
    lines = _sources(service_id)
    at = next((n for n, line in enumerate(lines) if line[0] == offer_id), None)
    if at is not None:
        try:
            changed = _rearranged(lines, at, request.POST.get("deed", ""))
            _set_sources(request, staff, service_id, changed)
        except catalogue.EditRefused as refusal:
            messages.error(request, str(refusal))
    return redirect("staff_service", service_id)


@transaction.atomic
def edit(
    request: HttpRequest, staff: Staff, changes: dict[int, dict[str, Any]], *, reason: str = ""
) -> list[catalogue.Edited]:
    """Write changes, each with a line in the trail. Raises EditRefused."""
    edited = catalogue.edit_services(changes, now=timezone.now())
    for one in edited:
        if one.changed:
            auditing.record(
                request,
                staff,
                "service.edit",
                subject="service",
                subject_id=one.service_id,
                old=one.changed,
                new={name: one.after[name] for name in one.changed},
                reason=reason,
            )
    return edited


def back(request: HttpRequest) -> str:
    """The list as it was left, with its filters; never another host."""
    address = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(address, {request.get_host()}):
        return address
    return reverse("staff_services")


def _show(
    request: HttpRequest, found: Service, form: ServiceForm, source_form: SourceForm | None = None
) -> HttpResponse:
    supplies = supplies_of([found.pk]).get(found.pk, [])
    cost = next((one.cost for one in supplies if one.is_usable), None)
    trail = AuditEntry.objects.filter(subject="service", subject_id=found.pk)
    context = {
        "service": found,
        "line": Line(found, supplies, cost),
        "form": form,
        "source_form": source_form or SourceForm(),
        "changes": CatalogueChange.objects.filter(service=found)[:CHANGES_SHOWN],
        "trail": trail[:CHANGES_SHOWN],
    }
    return render(request, "backoffice/services/edit.html", context)


def _sources(service_id: int) -> list[tuple[int, bool]]:
    own = Service.objects.get(pk=service_id).sources.order_by("rank")
    return list(own.values_list("offer_id", "is_active"))


def _rearranged(lines: list[tuple[int, bool]], at: int, deed: str) -> list[tuple[int, bool]]:
    changed = list(lines)
    offer_id, is_active = changed.pop(at)
    match deed:
        case "up":
            changed.insert(max(at - 1, 0), (offer_id, is_active))
        case "down":
            changed.insert(at + 1, (offer_id, is_active))
        case "switch":
            changed.insert(at, (offer_id, not is_active))
        case "remove":
            pass
        case _:
            return lines
    return changed


@transaction.atomic
def _set_sources(
    request: HttpRequest, staff: Staff, service_id: int, lines: list[tuple[int, bool]]
) -> None:
    new = [catalogue.Line(*line) for line in lines]
    old = catalogue.set_sources(service_id, new, now=timezone.now())
    auditing.record(
        request,
        staff,
        "service.sources",
        subject="service",
        subject_id=service_id,
        old={"sources": [list(line) for line in old]},
        new={"sources": [list(line) for line in new]},
    )
