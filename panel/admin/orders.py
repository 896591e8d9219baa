"""Orders with their timelines, and the three answers about those that nobody knows of."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import resolving
from orders.models import Attempt, CancelRequest, LedgerEntry, Order, OrderEvent, Refill, Review
from panel.admin.reading import AnyAdmin, ReadOnlyAdmin, ReadOnlyInline, actor_of
from panel.nudges import forward_soon

ORDERS_AT_ONCE_MAX = 100


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


class ResolveForm(ActionForm):
    """An action, and the provider's id for those that need one."""

    upstream_id = forms.CharField(
        label=gettext_lazy("provider's order id"), required=False, max_length=64
    )


class Resolves(AnyAdmin):
    """The answers of a person about unconfirmed orders, as actions on a list of them."""

    action_form = ResolveForm
    actions = ("was_placed", "was_not_placed", "refund")

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("orders.change_order"))

    @admin.action(
        description=gettext_lazy("Was placed, under the id given here"), permissions=["resolve"]
    )
    def was_placed(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        upstream_id = request.POST.get("upstream_id", "").strip()
        if not upstream_id or len(order_ids(chosen)) != 1:
            text = _("Choose one order and give the id that the provider has it under.")
            messages.error(request, text)
            return
        self._answer(request, chosen, resolving.was_placed, upstream_id)

    @admin.action(description=gettext_lazy("Was not placed: send again"), permissions=["resolve"])
    def was_not_placed(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        self._answer(request, chosen, resolving.was_not_placed)
        ids = order_ids(chosen)
        waiting = Order.objects.filter(pk__in=ids).values_list("provider_id", flat=True)
        for provider_id in set(waiting):
            forward_soon(provider_id)

    @admin.action(description=gettext_lazy("Give up and refund"), permissions=["resolve"])
    def refund(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        self._answer(request, chosen, resolving.refund)

    def _answer(
        self, request: HttpRequest, chosen: QuerySet[Any], say: Callable[..., None], *words: str
    ) -> None:
        """Give one answer about each chosen order, and tell how it went."""
        for order_id in order_ids(chosen):
            try:
                say(order_id, *words, actor=actor_of(request), now=timezone.now())
            except (resolving.NotUnknown, resolving.NotConfirmed) as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("Order %s is resolved.") % order_id)


def order_ids(chosen: Iterable[models.Model]) -> list[int]:
    """The orders that were chosen, directly or by the questions about them."""
    ids = {row.order_id if isinstance(row, Review) else row.pk for row in chosen}
    return sorted(ids)[:ORDERS_AT_ONCE_MAX]


@admin.register(Order)
class OrderAdmin(Resolves, ReadOnlyAdmin):
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
class ReviewAdmin(Resolves, ReadOnlyAdmin):
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
