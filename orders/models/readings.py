"""What providers said our balances with them are, and how that fits what our orders cost."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

AMOUNT_DIGITS, AMOUNT_PLACES = 24, 8
CURRENCY_MAX = 10
REASON_MAX = 500


class BalanceReading(models.Model):
    """A balance as a provider told it: first ``at`` a time, unchanged until ``seen_at``."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, db_index=False)
    at = models.DateTimeField()
    seen_at = models.DateTimeField()
    balance = models.DecimalField(max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES)
    currency = models.CharField(max_length=CURRENCY_MAX)

    class Meta:
        ordering = ["provider", "-at"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "at"], name="balance_reading_once"),
            models.CheckConstraint(
                condition=Q(seen_at__gte=F("at")), name="balance_reading_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.balance} {self.currency} at provider {self.provider_id}"

    @classmethod
    def keep(cls, provider_id: int, balance: Decimal, currency: str, *, now: datetime) -> None:
        """Append what was said at ``now``, or note that the last reading still holds."""
        last = cls.objects.filter(provider_id=provider_id).order_by("-at").first()
        if last is None or (last.balance, last.currency) != (balance, currency):
            reading = BalanceReading(
                provider_id=provider_id, at=now, seen_at=now, balance=balance, currency=currency
            )
            BalanceReading.objects.bulk_create([reading], ignore_conflicts=True)
        elif last.seen_at < now:
            cls.objects.filter(pk=last.pk).update(seen_at=now)


class ProviderTopUp(models.Model):
    """Staff say what moved a balance besides our orders: money sent there, a fee, a correction."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.PROTECT, db_index=False)
    day = models.DateField()
    amount = models.DecimalField(max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES)
    reason = models.CharField(max_length=REASON_MAX)
    actor = models.CharField(max_length=150)
    token = models.UUIDField(unique=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["provider", "day", "id"]
        indexes = [models.Index(fields=["provider", "day"], name="provider_top_up_of_day")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0) & ~Q(reason=""), name="provider_top_up_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} at provider {self.provider_id} on {self.day}"


class ProviderDay(models.Model):
    """One day (UTC) at a provider, in its currency. Written by orders.reconciling alone."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    currency = models.CharField(max_length=CURRENCY_MAX)
    opened_at = models.DateTimeField(null=True, help_text="When the balance before was seen last.")
    opened = models.DecimalField(max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES, null=True)
    closed_at = models.DateTimeField(null=True)
    closed = models.DecimalField(max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES, null=True)
    orders = models.PositiveIntegerField(default=0, help_text="Accepted between the two readings.")
    spent = models.DecimalField(max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES, default=0)
    returned = models.DecimalField(
        max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES, default=0
    )

    reckoned_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-day", "provider"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "day"], name="provider_day_once"),
        ]
        indexes = [models.Index(fields=["-day", "provider"], name="provider_day_newest")]

    def __str__(self) -> str:
        return f"{self.day} at provider {self.provider_id}"
