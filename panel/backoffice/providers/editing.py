"""Adding a provider, changing how it is reached, and how its list becomes ours."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import catalogue
from orders.models import ImportPlan
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.providers.forms import PlanForm, ProviderForm
from panel.context import storefront_of
from providers.models import Offer, Provider

SECRET = "api_key"  # noqa: S105  # the name of a column
WRITTEN = "***"
CATEGORIES_MAX = 2_000


@staff_page(Right.PROVIDERS_CHANGE, fresh=True)
def new_provider(request: HttpRequest, staff: Staff) -> HttpResponse:
    form = ProviderForm(request.POST or None)
    if not form.is_valid():
        return render(request, "backoffice/providers/edit.html", {"form": form})
    columns = form.columns()
    with transaction.atomic():
        made = catalogue.add_provider(columns, panel_currency=storefront_of(request).currency)
        _record(request, staff, "provider.add", made.pk, {}, columns)
    messages.success(request, _("%s was added. Test the connection next.") % made.name)
    return redirect("staff_provider", made.pk)


@staff_page(Right.PROVIDERS_CHANGE, fresh=True)
def edit_provider(request: HttpRequest, staff: Staff, provider_id: int) -> HttpResponse:
    provider = get_object_or_404(Provider.objects.defer("api_key"), pk=provider_id)
    form = ProviderForm(request.POST or None, provider=provider)
    if not form.is_valid():
        context = {"form": form, "provider": provider}
        return render(request, "backoffice/providers/edit.html", context)
    columns, currency = form.columns(), storefront_of(request).currency
    with transaction.atomic():
        old = catalogue.edit_provider(
            provider_id, columns, panel_currency=currency, now=timezone.now()
        )
        _record(request, staff, "provider.edit", provider_id, old, columns)
    messages.success(request, _("The changes were saved."))
    return redirect("staff_provider", provider_id)


@staff_page(Right.PROVIDERS_CHANGE)
def edit_plan(request: HttpRequest, staff: Staff, provider_id: int) -> HttpResponse:
    """What is imported by itself, and the markup; rates follow at once."""
    provider = get_object_or_404(Provider.objects.defer("api_key"), pk=provider_id)
    plan = ImportPlan.objects.filter(provider=provider).first() or ImportPlan(provider=provider)
    form = PlanForm(request.POST or None, plan=plan, categories=_categories(provider_id))
    if not form.is_valid():
        context = {"form": form, "provider": provider}
        return render(request, "backoffice/providers/plan.html", context)
    with transaction.atomic():
        old = catalogue.edit_plan(provider_id, form.cleaned_data, now=timezone.now())
        _record(request, staff, "provider.plan", provider_id, old, form.cleaned_data)
    messages.success(request, _("The changes were saved."))
    return redirect("staff_provider", provider_id)


def _categories(provider_id: int) -> list[str]:
    offers = Offer.objects.filter(provider_id=provider_id, is_gone=False).exclude(category="")
    return list(
        offers.order_by("category").values_list("category", flat=True).distinct()[:CATEGORIES_MAX]
    )


def _record(
    request: HttpRequest,
    staff: Staff,
    action: str,
    provider_id: int,
    old: dict[str, Any],
    columns: dict[str, Any],
) -> None:
    """What changed, without the key: only that there is another one."""
    changed = {name: columns[name] for name in (old or columns)}
    if action != "provider.add" and not old:
        return
    hidden = {SECRET: WRITTEN} if SECRET in changed else {}
    before = old | hidden if old else {}
    auditing.record(
        request,
        staff,
        action,
        subject="provider",
        subject_id=provider_id,
        old=before,
        new=changed | hidden,
    )
