"""Customers and their money: read here, moved by hand in the back-office alone."""

from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import payments
from orders.models import BookProof, Customer, CustomerRate, LedgerEntry, Payment
from panel.admin.reading import AnyAdmin, AnyInline, CappedPaginator, ReadOnlyAdmin, actor_of


class OwnRates(AnyInline):
    model = CustomerRate
    extra = 0
    raw_id_fields = ("service",)


@admin.register(Customer)
class CustomerAdmin(AnyAdmin):
    """Name, status and terms may be edited; the balance is shown and never typed."""

    list_display = ("id", "name", "balance", "credit_limit", "discount", "status", "created_at")
    list_filter = ("status",)
    search_fields = ("=id", "name", "user__email")
    fields = ("name", "status", "credit_limit", "discount", "balance", "created_at")
    readonly_fields = ("balance", "created_at")
    inlines = (OwnRates,)
    paginator = CappedPaginator
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "customer", "gateway", "reference", "amount", "currency", "status", "created_at",
        "settled_at",
    )  # fmt: skip
    list_filter = ("status", "gateway")
    list_select_related = ("customer",)
    search_fields = ("=reference", "=customer__id")
    actions = ("settle", "reject")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return self.may_change(request)

    @admin.action(description=gettext_lazy("The money has arrived"), permissions=["settle"])
    def settle(self, request: HttpRequest, chosen: QuerySet[Payment]) -> None:
        for payment in chosen:
            try:
                entry = payments.settle(
                    payment.pk,
                    amount=payment.amount,
                    currency=payment.currency,
                    now=timezone.now(),
                    actor=actor_of(request),
                )
            except payments.PaymentRefused as refusal:
                messages.error(request, f"{payment}: {refusal}")
            else:
                text = _("%s was credited.") if entry else _("%s was credited before.")
                messages.success(request, text % payment)

    @admin.action(description=gettext_lazy("Turn down"), permissions=["settle"])
    def reject(self, request: HttpRequest, chosen: QuerySet[Payment]) -> None:
        for payment in chosen:
            if payments.reject(payment.pk, note=actor_of(request)):
                messages.success(request, _("%s was turned down.") % payment)
            else:
                messages.error(request, _("%s is not open any more.") % payment)


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
