"""The ways to pay in, as staff set them up."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField
from providers.secrets import EncryptedTextField

MANUAL = "manual"
"""The gateway that nobody can ask: staff look at their bank account."""
METHOD_RATE_MAX = Decimal(10**9)
METHOD_AMOUNT_MAX = Decimal(10**9)


class PaymentMethod(models.Model):
    """One way to pay in: a gateway with its credentials, currency, limits and fee."""

    class FeeBorneBy(models.TextChoices):
        CUSTOMER = "customer", _("The customer, on top of the amount")
        OPERATOR = "operator", _("The operator")

    gateway = models.CharField(max_length=30)
    title = models.CharField(max_length=100)
    instructions = models.TextField(blank=True, default="")
    credentials = EncryptedTextField(default="{}", help_text=_("JSON, as the gateway asks for."))
    currency = models.CharField(max_length=10, help_text=_("What is paid."))
    exchange_rate = models.DecimalField(
        max_digits=24,
        decimal_places=12,
        default=1,
        help_text=_("Panel currency for one unit of what is paid."),
    )
    min_amount = MoneyField(default=1, help_text=_("In the panel's currency."))
    max_amount = MoneyField(default=10_000, help_text=_("In the panel's currency."))
    fee_fixed = MoneyField(default=0, help_text=_("In the panel's currency."))
    fee_percent = models.DecimalField(max_digits=6, decimal_places=3, default=0)
    fee_borne_by = models.CharField(
        max_length=8, choices=FeeBorneBy.choices, default=FeeBorneBy.OPERATOR
    )
    countries = models.JSONField(
        default=list, blank=True, help_text=_("ISO codes of two letters; none: all.")
    )
    groups = models.JSONField(
        default=list, blank=True, help_text=_("Customer groups by name; none: all.")
    )
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(exchange_rate__gt=0, exchange_rate__lte=METHOD_RATE_MAX),
                name="method_exchange_rate_range",
            ),
            models.CheckConstraint(
                condition=Q(min_amount__gt=0, max_amount__lte=METHOD_AMOUNT_MAX)
                & Q(max_amount__gte=F("min_amount")),
                name="method_amounts_range",
            ),
            models.CheckConstraint(
                condition=Q(fee_fixed__gte=0, fee_fixed__lte=METHOD_AMOUNT_MAX)
                & Q(fee_percent__gte=0, fee_percent__lt=100),
                name="method_fee_range",
            ),
            models.CheckConstraint(
                condition=Q(fee_borne_by__in=["customer", "operator"]),
                name="method_fee_borne_by_in_table",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_manual(self) -> bool:
        """Whether only staff can say that the money has arrived."""
        return self.gateway == MANUAL
