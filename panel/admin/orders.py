"""Orders with their timelines."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from orders.models import Attempt, CancelRequest, LedgerEntry, Order, OrderEvent, Refill, Review
from panel.admin.reading import ReadOnlyAdmin, ReadOnlyInline


class EventLines(ReadOnlyInline):
    model = OrderEvent
    fields = readonly_fields = ("at", "kind", "text", "actor")


class AttemptLines(ReadOnlyInline):
    model = Attempt
    fields = readonly_fields = (
        "opened_at", "action", "provider", "outcome", "upstream_id", "http_status", "elapsed_ms",
        "request", "answer",
    )  # fmt: skip


class EntryLines(ReadOnlyInline):
    model = LedgerEntry
    fields = readonly_fields = ("created_at", "kind", "amount", "balance_after", "actor", "reason")


class ReviewLines(ReadOnlyInline):
    model = Review
    fields = readonly_fields = ("opened_at", "reason", "evidence", "resolved_at", "resolution")


class RefillLines(ReadOnlyInline):
    model = Refill
    fields = readonly_fields = ("created_at", "status", "upstream_id", "answer", "closed_at")


class CancelLines(ReadOnlyInline):
    model = CancelRequest
    fields = readonly_fields = ("created_at", "status", "answer", "closed_at")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "upstream_id", "customer", "service", "provider", "quantity", "charge", "refunded",
        "cost", "status", "hold", "remains", "created_at", "origin",
    )  # fmt: skip
    list_filter = ("status", "hold", "provider", "origin")
    list_select_related = ("customer", "service", "provider")
    search_fields = ("=id", "=upstream_id", "=link")
    search_help_text = gettext_lazy("An id, the provider's id, or a whole link.")
    ordering = ("-id",)
    inlines = (EventLines, AttemptLines, EntryLines, ReviewLines, RefillLines, CancelLines)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ("order", "reason", "evidence", "opened_at", "resolved_at", "actor")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "reason")
    ordering = ("-id",)


@admin.register(Refill)
class RefillAdmin(ReadOnlyAdmin):
    list_display = ("id", "order", "status", "upstream_id", "tries", "created_at", "closed_at")
    list_filter = ("status",)


@admin.register(CancelRequest)
class CancelRequestAdmin(ReadOnlyAdmin):
    list_display = ("id", "order", "status", "tries", "created_at", "closed_at")
    list_filter = ("status",)
