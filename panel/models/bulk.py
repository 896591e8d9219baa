"""One action about many orders, done a few at a time, so that it can stop and go on."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from orders.money import MoneyField
from panel.models.audit import REASON_MAX


class BulkWork(models.Model):
    """What a person decided about a list of orders. ``position`` is how far it got."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_work"
    )
    action = models.CharField(max_length=20)
    reason = models.CharField(max_length=REASON_MAX)
    orders = models.JSONField(help_text="[id, refund as shown] of each.")
    length = models.PositiveIntegerField()
    position = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, help_text="[id, text], the first ones.")
    refund = MoneyField(default=0, help_text="Of all of them, as shown.")
    is_started = models.BooleanField(default=False, help_text="The person confirmed it.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(position__lte=F("length"), refused__lte=F("position")),
                name="bulk_within_its_list",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.length} orders"

    @property
    def is_done(self) -> bool:
        return self.position >= self.length

    @property
    def done(self) -> int:
        return self.position - self.refused

    @property
    def percent(self) -> int:
        return 100 * self.position // self.length if self.length else 100
