"""What gateways told us, and what about it only a person can answer."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

OUTCOME_MAX = 500


class GatewayEvent(models.Model):
    """One message of a gateway, taken in once however often it comes."""

    method = models.ForeignKey(
        "orders.PaymentMethod", on_delete=models.PROTECT, related_name="events", db_index=False
    )
    event_id = models.CharField(max_length=200)
    payment = models.ForeignKey(
        "orders.Payment", on_delete=models.PROTECT, null=True, related_name="events"
    )
    received_at = models.DateTimeField(db_default=Now())
    digest = models.CharField(max_length=64, help_text=_("SHA-256 of the body."))
    outcome = models.CharField(max_length=OUTCOME_MAX, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["method", "event_id"], name="gateway_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.method_id} {self.event_id}"


class PaymentDoubt(models.Model):
    """Something about money coming in that a person must look at, with its evidence."""

    class Reason(models.TextChoices):
        AMOUNT = "amount", _("Another amount arrived than was asked for")
        CURRENCY = "currency", _("Another currency arrived than was asked for")
        REFERENCE = "reference", _("The gateway names another payment")
        SIGNATURE = "signature", _("Messages with a forged signature")
        STRANGER = "stranger", _("The gateway speaks of a payment that is not ours")
        LATE = "late", _("Paid after it was rejected or had expired")
        DISPUTE = "dispute", _("The customer disputes the payment")
        REVERSED = "reversed", _("Taken back after it was spent")
        UNKNOWN_STATE = "unknown_state", _("The gateway says what we do not know")
        REFUND = "refund", _("Nobody knows whether it was paid back")

    method = models.ForeignKey(
        "orders.PaymentMethod", on_delete=models.PROTECT, null=True, related_name="doubts"
    )
    payment = models.ForeignKey(
        "orders.Payment", on_delete=models.PROTECT, null=True, related_name="doubts"
    )
    reason = models.CharField(max_length=14, choices=Reason.choices)
    subject = models.CharField(
        max_length=200, blank=True, default="", help_text=_("What it is about, without a payment.")
    )
    times = models.PositiveIntegerField(default=1)
    evidence = models.TextField(blank=True, default="")
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "reason"],
                condition=Q(closed_at__isnull=True, payment__isnull=False),
                name="payment_doubt_open_once",
            ),
            models.UniqueConstraint(
                fields=["method", "reason", "subject"],
                condition=Q(payment__isnull=True),
                name="payment_doubt_once_per_subject",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(closed_at__isnull=True), name="payment_doubt_still_open"
            )
        ]

    def __str__(self) -> str:
        return f"Payment {self.payment_id}: {self.reason}"
