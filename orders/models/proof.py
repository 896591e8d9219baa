"""What the proofs of the book found."""

from django.db import models

from orders.money import MoneyField


class BookProof(models.Model):
    """One proof of the whole book, as orders.proving made it."""

    at = models.DateTimeField()
    is_sound = models.BooleanField()
    took_ms = models.PositiveIntegerField()
    entries = models.PositiveBigIntegerField()
    held = MoneyField()
    claims = models.JSONField(help_text="name, sentence, rows, broken, examples … of each claim")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Proof of {self.at:%Y-%m-%d %H:%M}: {'sound' if self.is_sound else 'damaged'}"
