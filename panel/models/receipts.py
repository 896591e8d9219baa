"""Receipts of payments by hand, kept beside the book so that one backup holds both."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

RECEIPT_MAX = 5 * 1024 * 1024  # bytes


class ContentType(models.TextChoices):
    """What a receipt may be; it is handed out as this and nothing else."""

    PNG = "image/png", "PNG"
    JPEG = "image/jpeg", "JPEG"
    WEBP = "image/webp", "WebP"
    PDF = "application/pdf", "PDF"


class PaymentReceipt(models.Model):
    """A file that a customer sent as proof of a payment, cleaned."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey("orders.Payment", on_delete=models.PROTECT, related_name="receipts")
    content_type = models.CharField(max_length=20, choices=ContentType.choices)
    data = models.BinaryField()
    uploaded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["uploaded_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(content_type__in=ContentType.values), name="receipt_is_of_a_known_type"
            ),
        ]

    def __str__(self) -> str:
        return f"receipt of payment {self.payment_id}"

    @property
    def file_name(self) -> str:
        """For the reader's disk: made by us, from the kind of file alone."""
        return f"receipt-{self.id.hex[:8]}.{self.content_type.rpartition('/')[2]}"
