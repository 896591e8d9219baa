"""Wishes after the purchase: refill and cancel."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.lifecycle import CANCEL_OPEN, REFILL_OPEN, CancelStatus, RefillStatus
from orders.models.order import UPSTREAM_ID_MAX


class Refill(models.Model):
    """The provider makes a shrunken order whole. One open refill for each order."""

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="refills")
    customer = models.ForeignKey(
        "orders.Customer",
        on_delete=models.PROTECT,
        related_name="refills",
        db_index=False,
        editable=False,
        help_text=_("The order's; written by the database."),
    )
    status = models.CharField(
        max_length=12, choices=RefillStatus.choices, default=RefillStatus.REQUESTED
    )
    upstream_id = models.CharField(max_length=UPSTREAM_ID_MAX, null=True)  # noqa: DJ001
    due_at = models.DateTimeField(null=True, db_default=Now())
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True, default="")
    told = models.TextField(
        blank=True, default="", help_text=_("What staff want the customer to read.")
    )
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=REFILL_OPEN), name="refill_one_open"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="refill_due"),
            models.Index(
                fields=["upstream_id"],
                condition=Q(upstream_id__isnull=False),
                name="refill_upstream",
            ),
            models.Index(fields=["customer", "-id"], name="refill_by_customer"),
            models.Index(fields=["status", "-id"], name="refill_by_status"),
        ]

    def __str__(self) -> str:
        return f"Refill {self.pk} of order {self.order_id}"


class CancelRequest(models.Model):
    """A customer's wish to cancel. One open request for each order."""

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="cancels")
    status = models.CharField(
        max_length=12, choices=CancelStatus.choices, default=CancelStatus.REQUESTED
    )
    due_at = models.DateTimeField(null=True, db_default=Now())
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True, default="")
    told = models.TextField(
        blank=True, default="", help_text=_("What staff want the customer to read.")
    )
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=CANCEL_OPEN), name="cancel_one_open"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="cancel_due"),
            models.Index(fields=["status", "-id"], name="cancel_by_status"),
        ]

    def __str__(self) -> str:
        return f"Cancel request {self.pk} of order {self.order_id}"
