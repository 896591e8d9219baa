"""The gateway's side of a top-up."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField


class Payment(models.Model):
    """Money that a customer pays in. Settled at most once."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        SETTLED = "settled", _("Settled")
        REJECTED = "rejected", _("Rejected")

    customer = models.ForeignKey(
        "orders.Customer", on_delete=models.PROTECT, related_name="payments"
    )
    gateway = models.CharField(max_length=30)
    reference = models.CharField(max_length=200, help_text=_("The gateway's own id."))
    amount = MoneyField()
    currency = models.CharField(max_length=10)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference"], name="payment_reference_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.reference}"
