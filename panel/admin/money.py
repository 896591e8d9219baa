"""Customers and their money: read here, moved in the back-office alone."""

from django.contrib import admin

from orders.models import BookProof, Customer, CustomerRate, LedgerEntry, Payment
from panel.admin.reading import ReadOnlyAdmin, ReadOnlyInline


class OwnRates(ReadOnlyInline):
    model = CustomerRate


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "balance", "credit_limit", "discount", "status", "created_at")
    list_filter = ("status",)
    search_fields = ("=id", "name", "user__email")
    inlines = (OwnRates,)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "customer", "gateway", "reference", "amount", "currency", "status", "created_at",
        "settled_at",
    )  # fmt: skip
    list_filter = ("status", "gateway")
    list_select_related = ("customer",)
    search_fields = ("=reference", "=customer__id")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = (
        "customer", "number", "kind", "amount", "balance_after", "order", "actor", "reason",
        "created_at",
    )  # fmt: skip
    list_filter = ("kind",)
    list_select_related = ("customer", "order")
    search_fields = ("=customer__id", "=order__id")
    ordering = ("-id",)


@admin.register(BookProof)
class BookProofAdmin(ReadOnlyAdmin):
    list_display = ("at", "is_sound", "entries", "held", "took_ms")
