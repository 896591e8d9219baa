"""Providers, their lists, and what we make of them."""

from django.contrib import admin

from orders.models import CatalogueChange, CatalogueSync, Category, ImportPlan, Service, Source
from panel.admin.reading import ReadOnlyAdmin, ReadOnlyInline
from providers.models import Offer, Provider


class PlanLine(ReadOnlyInline):
    model = ImportPlan


@admin.register(Provider)
class ProviderAdmin(ReadOnlyAdmin):
    """Everything but the key, which nobody is shown again."""

    list_display = (
        "name", "url", "balance", "currency", "is_active", "paused_until", "circuit_open_until",
        "latency_ms", "last_sync_at", "last_error",
    )  # fmt: skip
    exclude = ("api_key",)
    inlines = (PlanLine,)


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    list_display = ("provider", "upstream_id", "name", "category", "type", "cost", "min", "max")
    list_filter = ("provider", "is_gone")
    list_select_related = ("provider",)
    search_fields = ("=upstream_id", "name")


class SourceLines(ReadOnlyInline):
    model = Source


@admin.register(Service)
class ServiceAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "name", "category", "type", "rate", "min", "max", "is_active", "unavailable",
    )  # fmt: skip
    list_filter = ("is_active", "unavailable", "type", "category")
    list_select_related = ("category",)
    search_fields = ("=id", "listed_name", "own_name")
    inlines = (SourceLines,)


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "position", "is_active", "markup_percent")
    search_fields = ("name",)


@admin.register(CatalogueSync)
class CatalogueSyncAdmin(ReadOnlyAdmin):
    list_display = ("id", "provider", "at", "outcome", "listed", "counts", "reason")
    list_filter = ("outcome", "provider")
    list_select_related = ("provider",)
    exclude = ("kept_list", "undo")


@admin.register(CatalogueChange)
class CatalogueChangeAdmin(ReadOnlyAdmin):
    list_display = ("at", "service", "kind", "old", "new")
    list_filter = ("kind",)
    list_select_related = ("service",)
