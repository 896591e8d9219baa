"""What the proofs of the book found, and who asked for one."""

from django.db import models
from django.db.models.functions import Now

from orders.money import MoneyField


class BookProof(models.Model):
    """One proof of the whole book, as orders.proving made it."""

    at = models.DateTimeField()
    is_sound = models.BooleanField()
    took_ms = models.PositiveIntegerField()
    entries = models.PositiveBigIntegerField()
    held = MoneyField()
    claims = models.JSONField(help_text="name, sentence, rows, broken, examples … of each claim")
    settled = MoneyField(default=0, help_text="The sum of all settled payments.")
    totals = models.JSONField(default=dict, help_text="The sum of all entries of each kind.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Proof of {self.at:%Y-%m-%d %H:%M}: {'sound' if self.is_sound else 'damaged'}"


class ProofWish(models.Model):
    """Somebody wants the book proven now. The next round of the clock does it."""

    asked_at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=150)
    started_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Asked for by {self.actor} at {self.asked_at:%Y-%m-%d %H:%M}"
