"""Who holds a balance."""

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import NullIf
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField


class Customer(models.Model):
    """Owns a balance and orders. The balance is moved by the database as entries are appended."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        FROZEN = "frozen", _("May not spend")
        SUSPENDED = "suspended", _("Suspended")

    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    balance = MoneyField(default=0, editable=False)
    last_number = models.PositiveIntegerField(default=0, editable=False)
    last_entry_number = models.GeneratedField(
        expression=NullIf(F("last_number"), Value(0)),
        output_field=models.PositiveIntegerField(null=True),
        db_persist=True,
    )
    credit_limit = MoneyField(default=0, help_text=_("How far below zero spending may go."))
    discount = models.DecimalField(
        max_digits=6, decimal_places=3, default=0, help_text=_("Percent off every rate.")
    )
    country = models.CharField(max_length=2, blank=True, default="", db_default="")
    group = models.CharField(
        max_length=50, blank=True, default="", db_default="", db_column="customer_group"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(credit_limit__gte=0), name="customer_credit_limit_positive"
            ),
            models.CheckConstraint(
                condition=Q(discount__gte=0, discount__lt=100), name="customer_discount_percent"
            ),
            models.CheckConstraint(
                condition=Q(last_number__gt=0) | Q(balance=0), name="customer_starts_with_nothing"
            ),
        ]

    def __str__(self) -> str:
        return self.name
