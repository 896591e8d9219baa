"""Providers, their lists, and what we make of them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import catalogue
from orders.models import CatalogueChange, CatalogueSync, Category, ImportPlan, Service, Source
from panel.admin.reading import AnyAdmin, AnyInline, CappedPaginator, ReadOnlyAdmin
from panel.context import storefront_of
from providers.client import ProviderFailed
from providers.models import Offer, Provider

SYNC_REFUSALS = (ProviderFailed, catalogue.SyncBusy, catalogue.SyncOvertaken)
UNDO_REFUSALS = (catalogue.CannotApply, catalogue.CannotUndo, catalogue.SyncBusy)


class PlanForm(AnyInline):
    model = ImportPlan
    extra = 0
    max_num = 1


@admin.register(Provider)
class ProviderAdmin(AnyAdmin):
    list_display = (
        "name", "url", "balance", "currency", "is_active", "paused_until", "circuit_open_until",
        "latency_ms", "last_sync_at", "last_error",
    )  # fmt: skip
    fields = (
        "name", "url", "api_key", "currency", "exchange_rate", "verify_tls",
        "allow_private_address", "user_agent", "timeout_s", "concurrency", "rate_per_s",
        "low_balance_alert", "is_active", "balance", "balance_at", "paused_until", "pause_reason",
        "failures", "circuit_open_until", "latency_ms", "last_sync_at", "last_error",
    )  # fmt: skip
    readonly_fields = fields[fields.index("balance") :]
    inlines = (PlanForm,)
    actions = ("sync_now", "refresh_balance")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The key is written here and never shown again."""
        if db_field.name == "api_key":
            return KeptSecret(label=_("API key"), required=False)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change and not form.cleaned_data.get("api_key"):
            obj.api_key = Provider.objects.values_list("api_key", flat=True).get(pk=obj.pk)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    @admin.action(description=gettext_lazy("Read the price list now"), permissions=["change"])
    def sync_now(self, request: HttpRequest, chosen: QuerySet[Provider]) -> None:
        currency = storefront_of(request).currency

        def sync(pk: int) -> object:
            return catalogue.sync_catalogue(pk, now=timezone.now(), panel_currency=currency)

        _for_each(request, chosen, sync, SYNC_REFUSALS)

    @admin.action(description=gettext_lazy("Ask for our balance"), permissions=["change"])
    def refresh_balance(self, request: HttpRequest, chosen: QuerySet[Provider]) -> None:
        def ask(pk: int) -> object:
            return catalogue.refresh_balance(pk, now=timezone.now())

        _for_each(request, chosen, ask, SYNC_REFUSALS)


class KeptSecret(forms.CharField):
    """A secret that is typed, not shown. Left empty, the one that is stored stays."""

    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    list_display = ("provider", "upstream_id", "name", "category", "type", "cost", "min", "max")
    list_filter = ("provider", "is_gone")
    list_select_related = ("provider",)
    search_fields = ("=upstream_id", "name")


class Sources(AnyInline):
    model = Source
    extra = 0
    raw_id_fields = ("offer",)


@admin.register(Service)
class ServiceAdmin(AnyAdmin):
    """Staff write their own columns; what the sync lists is shown beside them."""

    list_display = (
        "id", "name", "category", "type", "rate", "min", "max", "is_active", "unavailable",
    )  # fmt: skip
    list_filter = ("is_active", "unavailable", "type", "category")
    list_select_related = ("category",)
    search_fields = ("=id", "listed_name", "own_name")
    readonly_fields = (
        "type", "listed_name", "listed_description", "listed_min", "listed_max", "listed_rate",
        "listed_refill", "listed_cancel", "listed_dripfeed", "unavailable",
    )  # fmt: skip
    inlines = (Sources,)
    paginator = CappedPaginator
    show_full_result_count = False
    actions = ("switch_on", "switch_off")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    @admin.action(description=gettext_lazy("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, chosen: QuerySet[Service]) -> None:
        messages.success(request, _("%s services are on.") % chosen.update(is_active=True))

    @admin.action(description=gettext_lazy("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, chosen: QuerySet[Service]) -> None:
        messages.success(request, _("%s services are off.") % chosen.update(is_active=False))


@admin.register(Category)
class CategoryAdmin(AnyAdmin):
    list_display = ("id", "name", "position", "is_active", "markup_percent")
    list_editable = ("position", "is_active")
    search_fields = ("name",)


@admin.register(CatalogueSync)
class CatalogueSyncAdmin(ReadOnlyAdmin):
    list_display = ("id", "provider", "at", "outcome", "listed", "counts", "reason")
    list_filter = ("outcome", "provider")
    list_select_related = ("provider",)
    exclude = ("kept_list", "undo")
    actions = ("apply_anyway", "take_back")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return self.may_change(request)

    @admin.action(description=gettext_lazy("Apply this refused list"), permissions=["decide"])
    def apply_anyway(self, request: HttpRequest, chosen: QuerySet[CatalogueSync]) -> None:
        def apply(pk: int) -> object:
            return catalogue.apply_anyway(pk, now=timezone.now())

        _for_each(request, chosen, apply, UNDO_REFUSALS)

    @admin.action(description=gettext_lazy("Take this sync back"), permissions=["decide"])
    def take_back(self, request: HttpRequest, chosen: QuerySet[CatalogueSync]) -> None:
        def undo(pk: int) -> object:
            return catalogue.undo_sync(pk, now=timezone.now())

        _for_each(request, chosen, undo, UNDO_REFUSALS)


@admin.register(CatalogueChange)
class CatalogueChangeAdmin(ReadOnlyAdmin):
    list_display = ("at", "service", "kind", "old", "new")
    list_filter = ("kind",)
    list_select_related = ("service",)


def _for_each(
    request: HttpRequest,
    chosen: QuerySet[Any],
    do: Callable[[int], object],
    refusals: tuple[type[Exception], ...],
) -> None:
    """Do one thing with each chosen row and tell how it went."""
    for row in chosen:
        try:
            done = do(row.pk)
        except refusals as refusal:
            messages.error(request, f"{row}: {refusal}")
        else:
            messages.success(request, f"{row}: {done}")
