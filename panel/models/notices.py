"""What customers are told by e-mail: one row for each thing that happened, told once."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Event(models.TextChoices):
    """What can be told. ``Notice.subject_id`` is the id of what stands behind each."""

    COMPLETED = "completed", _("An order is completed")  # the order
    MONEY_BACK = "money_back", _("Money came back for what was not delivered")  # ledger entry
    REFILLED = "refilled", _("A refill is finished")  # the line of the order's timeline
    FUNDS = "funds", _("Funds were added")  # the ledger entry


class Notice(models.Model):
    """One thing that one reader is told. Due while ``due_at`` is set; then sent or given up."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    event = models.CharField(max_length=10, choices=Event.choices)
    subject_id = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(null=True, db_default=Now())
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(db_default=0)
    error = models.CharField(max_length=500, blank=True, db_default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["event", "subject_id"], name="notice_once"),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(due_at__isnull=True),
                name="notice_sent_is_not_due",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="notice_due"),
            models.Index(fields=["created_at"], name="notice_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject_id}"


class NoticeMark(models.Model):
    """How far the rows of a table have been looked through for things to tell."""

    source = models.CharField(max_length=10, primary_key=True)
    seen_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.source} up to {self.seen_id}"
