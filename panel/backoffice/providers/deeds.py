"""What can be done with a provider at the press of a button."""

from datetime import timedelta

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders import catalogue
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.providers.forms import PauseForm, RateForm
from panel.backoffice.providers.listing import held_of, show
from panel.context import storefront_of
from panel.templatetags.weir import exact
from providers import health
from providers.client import ProviderFailed
from providers.models import Provider

ACCEPTED_MAX = 200


@require_POST
@staff_page(Right.PROVIDERS_CHANGE)
def try_connection(request: HttpRequest, staff: Staff, provider_id: int) -> HttpResponse:
    """Ask for our balance, and say what came of it."""
    provider = _provider(provider_id)
    currency = storefront_of(request).currency
    try:
        found = catalogue.try_connection(provider_id, now=timezone.now(), panel_currency=currency)
    except ProviderFailed as failure:
        messages.error(request, _("It does not work: %s") % failure.evidence)
        return redirect("staff_provider", provider_id)
    said = f"{exact(found.amount)} {found.currency or provider.currency}"
    if found.problem:
        messages.warning(request, _("It answers, but its money is not convertible: %s") % said)
    else:
        messages.success(request, _("It works. Balance: %s") % said)
    return redirect("staff_provider", provider_id)


@require_POST
@staff_page(Right.PROVIDERS_CHANGE)
def sync_now(request: HttpRequest, staff: Staff, provider_id: int) -> HttpResponse:
    """Read its list at once; what came of it is a page of its own."""
    _provider(provider_id)
    currency = storefront_of(request).currency
    try:
        sync = catalogue.sync_catalogue(provider_id, now=timezone.now(), panel_currency=currency)
    except (catalogue.SyncBusy, catalogue.SyncOvertaken) as refusal:
        messages.warning(request, str(refusal))
        return redirect("staff_provider", provider_id)
    auditing.record(
        request,
        staff,
        "provider.sync",
        subject="provider",
        subject_id=provider_id,
        new={"sync": sync.pk, "outcome": sync.outcome},
    )
    return redirect("staff_sync", sync.pk)


@require_POST
@staff_page(Right.PROVIDERS_CHANGE)
def pause(request: HttpRequest, staff: Staff, provider_id: int) -> HttpResponse:
    """Send nothing more there for a while. Orders wait meanwhile, or take their next source."""
    _provider(provider_id)
    form = PauseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say for how long and why."))
        return redirect("staff_provider", provider_id)
    until = timezone.now() + timedelta(hours=form.cleaned_data["hours"])
    with transaction.atomic():
        health.pause(provider_id, until=until, reason=form.cleaned_data["reason"])
        auditing.record(
            request,
            staff,
            "provider.pause",
            subject="provider",
            subject_id=provider_id,
            new={"paused_until": until.isoformat(timespec="seconds")},
            reason=form.cleaned_data["reason"],
        )
    messages.success(request, _("Paused."))
    return redirect("staff_provider", provider_id)


@require_POST
@staff_page(Right.PROVIDERS_CHANGE)
@transaction.atomic
def resume(request: HttpRequest, staff: Staff, provider_id: int) -> HttpResponse:
    old = _provider(provider_id)
    health.resume(provider_id)
    auditing.record(
        request,
        staff,
        "provider.resume",
        subject="provider",
        subject_id=provider_id,
        old={"paused_until": old.paused_until, "pause_reason": old.pause_reason},
    )
    messages.success(request, _("Orders go there again."))
    return redirect("staff_provider", provider_id)


@require_POST
@staff_page(Right.PROVIDERS_CHANGE, fresh=True)
def set_rate(request: HttpRequest, staff: Staff, provider_id: int) -> HttpResponse:
    """Another exchange rate; a large step is asked about before it is made."""
    old = _provider(provider_id).exchange_rate
    form = RateForm(request.POST)
    if not form.is_valid():
        return show(request, provider_id, rate=form)
    rate, is_confirmed = form.cleaned_data["rate"], form.cleaned_data["is_confirmed"]
    try:
        with transaction.atomic():
            catalogue.set_exchange_rate(
                provider_id, rate, now=timezone.now(), is_confirmed=is_confirmed
            )
            auditing.record(
                request,
                staff,
                "provider.exchange_rate",
                subject="provider",
                subject_id=provider_id,
                old={"exchange_rate": old},
                new={"exchange_rate": rate},
            )
    except catalogue.NotARate as refusal:
        form.add_error("rate", str(refusal))
        return show(request, provider_id, rate=form)
    except catalogue.ExchangeRateJumped as refusal:
        form.add_error("is_confirmed", str(refusal))
        return show(request, provider_id, rate=form)
    messages.success(request, _("The rate was set, and everything that follows from it."))
    return redirect("staff_provider", provider_id)


@require_POST
@staff_page(Right.PROVIDERS_CHANGE)
def accept_held(request: HttpRequest, staff: Staff, provider_id: int) -> HttpResponse:
    """Believe what the list says of the chosen offers, and sell them again at rates from it."""
    chosen = [text for text in request.POST.getlist("offer") if text.isdigit()][:ACCEPTED_MAX]
    with transaction.atomic():
        ids = list(held_of(provider_id).filter(pk__in=chosen).values_list("pk", flat=True))
        relisted = catalogue.release(ids, now=timezone.now())
        auditing.record(
            request,
            staff,
            "provider.accept_held",
            subject="provider",
            subject_id=provider_id,
            new={"offers": ids, "services": [one.service.id for one in relisted]},
        )
    messages.success(request, _("%d services were relisted.") % len(relisted))
    return redirect("staff_provider", provider_id)


def _provider(provider_id: int) -> Provider:
    return get_object_or_404(Provider.objects.defer("api_key"), pk=provider_id)
