"""Vouchers: codes for an amount, each good once."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.models.bonus import BONUS_MAX
from orders.money import MoneyField


class VoucherBatch(models.Model):
    """Vouchers made together. Their codes are shown once, when they are made."""

    title = models.CharField(max_length=100)
    amount = MoneyField(help_text=_("Of each voucher, in the panel's currency."))
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_released = models.BooleanField(
        default=True, db_default=True, help_text=_("Off until a second person confirmed it.")
    )
    created_at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=150)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=BONUS_MAX), name="voucher_batch_amount_range"
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(is_released=True),
                name="voucher_batch_released_first",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Voucher(models.Model):
    """One code. Redeemed, and taken back, by its ledger entries alone."""

    batch = models.ForeignKey(VoucherBatch, on_delete=models.PROTECT, related_name="vouchers")
    prefix = models.CharField(max_length=8, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    amount = MoneyField()
    redeemed_by = models.ForeignKey(
        "orders.Customer", on_delete=models.PROTECT, null=True, related_name="vouchers"
    )
    redeemed_at = models.DateTimeField(null=True, blank=True)
    reversed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="voucher_digest_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=BONUS_MAX), name="voucher_amount_range"
            ),
            models.CheckConstraint(
                condition=Q(redeemed_by__isnull=True, redeemed_at__isnull=True)
                | Q(redeemed_by__isnull=False, redeemed_at__isnull=False),
                name="voucher_redeemed_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(reversed_at__isnull=True) | Q(reversed_at__gte=F("redeemed_at")),
                name="voucher_reversed_after_redeemed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class CodeTries(models.Model):
    """How many wrong codes a customer entered within an hour."""

    customer = models.ForeignKey(
        "orders.Customer", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    hour = models.DateTimeField()
    tries = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "hour"], name="code_tries_once_per_hour")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.tries}"
