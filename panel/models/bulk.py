"""One action about many orders or wishes, done a few at a time, so that it can stop and go on."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField
from panel.models.audit import REASON_MAX


class BulkWork(models.Model):
    """What a person decided about a list. ``position`` is how far it got."""

    class Subject(models.TextChoices):
        ORDER = "order", _("Order")
        REFILL = "refill", _("Refill")
        CANCEL = "cancel", _("Wish to cancel")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_work"
    )
    subject = models.CharField(max_length=6, choices=Subject.choices, default=Subject.ORDER)
    action = models.CharField(max_length=20)
    reason = models.CharField(max_length=REASON_MAX)
    address = models.GenericIPAddressField(null=True, help_text="From where it was confirmed.")
    language = models.CharField(max_length=10, blank=True, default="")
    chosen = models.JSONField(help_text="[id, refund as shown] of each.")
    length = models.PositiveIntegerField()
    position = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, help_text="[order's id, text], the first ones.")
    refund = MoneyField(default=0, help_text="Of all of them, as shown.")
    is_started = models.BooleanField(default=False, help_text="The person confirmed it.")
    is_stopped = models.BooleanField(default=False, help_text="The rest is left as it is.")
    back = models.TextField(blank=True, default="", help_text="The list it was chosen from.")
    claimed_until = models.DateTimeField(null=True, help_text="A worker has it until then.")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(position__lte=F("length"), refused__lte=F("position")),
                name="bulk_within_its_list",
            )
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(is_started=True, is_stopped=False, position__lt=F("length")),
                name="bulk_under_way",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.action}: {self.position} of {self.length}"

    @property
    def is_done(self) -> bool:
        return self.position >= self.length

    @property
    def is_under_way(self) -> bool:
        return self.is_started and not self.is_stopped and not self.is_done

    @property
    def done(self) -> int:
        return self.position - self.refused

    @property
    def percent(self) -> int:
        return 100 * self.position // self.length if self.length else 100
