"""What happened to an order: events, outside calls, and questions for a person."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.models.order import UPSTREAM_ID_MAX

EVIDENCE_MAX = 4_000


class OrderEvent(models.Model):
    """One line of an order's timeline. Append-only."""

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=30, help_text=_("accepted, answer, refunded, resolved …"))
    text = models.TextField(blank=True, default="")
    actor = models.CharField(max_length=150, blank=True, default="", help_text=_("Empty: machine."))

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"

    @classmethod
    def note(cls, order_id: int, kind: str, text: str = "", *, actor: str = "") -> None:
        """Append a line to the timeline of ``order_id``."""
        cls.objects.create(order_id=order_id, kind=kind, text=text[:EVIDENCE_MAX], actor=actor)


class Attempt(models.Model):
    """One outside call that must not be made twice: committed before the first byte leaves."""

    class Action(models.TextChoices):
        ADD = "add", _("Order")
        REFILL = "refill", _("Refill")
        CANCEL = "cancel", _("Cancel")

    class Outcome(models.TextChoices):
        OPEN = "open", _("Under way")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        UNREACHABLE = "unreachable", _("Not reached")
        SILENT = "silent", _("Unknown")

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="attempts")
    action = models.CharField(max_length=6, choices=Action.choices, default=Action.ADD)
    provider = models.ForeignKey("providers.Provider", on_delete=models.PROTECT, db_index=False)
    offer = models.ForeignKey("providers.Offer", on_delete=models.PROTECT, null=True)
    outcome = models.CharField(max_length=11, choices=Outcome.choices, default=Outcome.OPEN)
    request = models.JSONField(default=dict, help_text=_("Without the key."))
    answer = models.TextField(blank=True, default="")
    http_status = models.PositiveSmallIntegerField(null=True)
    elapsed_ms = models.PositiveIntegerField(null=True)
    upstream_id = models.CharField(max_length=UPSTREAM_ID_MAX, null=True)  # noqa: DJ001
    balance_before = models.DecimalField(max_digits=24, decimal_places=8, null=True)
    balance_after = models.DecimalField(max_digits=24, decimal_places=8, null=True)
    lease_until = models.DateTimeField()
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "action"], condition=Q(outcome="open"), name="attempt_one_open"
            )
        ]
        indexes = [
            models.Index(
                fields=["lease_until"], condition=Q(outcome="open"), name="attempt_open_lease"
            ),
            models.Index(fields=["provider", "-id"], name="attempt_by_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.action} of order {self.order_id}: {self.outcome}"


class Review(models.Model):
    """A question that only a person can answer, with its evidence."""

    class Reason(models.TextChoices):
        SILENT = "silent", _("Nobody knows whether the provider has it")
        REFUSED = "refused", _("The provider refused")
        WORD = "word", _("Unknown status word")
        REMAINS = "remains", _("Unusable or suspicious remains")
        FAILED = "failed", _("The provider reports a failure")
        MISSING = "missing", _("The provider no longer knows the order")
        MARGIN = "margin", _("The cost is too high for the charge")
        SOURCE = "source", _("No source can deliver it")
        BRAKE = "brake", _("Many refunds at once")
        CONTRADICTION = "contradiction", _("The provider contradicts its own report")
        TOO_OLD = "too_old", _("Open for too long")
        UNPAID = "unpaid", _("Served, but the balance did not cover it")

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="reviews")
    reason = models.CharField(max_length=14, choices=Reason.choices)
    evidence = models.TextField(blank=True, default="")
    opened_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True, default="")
    actor = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "reason"],
                condition=Q(resolved_at__isnull=True),
                name="review_open_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["reason", "id"],
                condition=Q(resolved_at__isnull=True),
                name="review_still_open",
            )
        ]

    def __str__(self) -> str:
        return f"Order {self.order_id}: {self.reason}"

    @classmethod
    def ask(cls, order_id: int, reason: str, evidence: str = "") -> None:
        """Put an order on the list of those that need a person; once while it is open there."""
        Review.objects.bulk_create(
            [Review(order_id=order_id, reason=reason, evidence=evidence[:EVIDENCE_MAX])],
            ignore_conflicts=True,
        )

    @classmethod
    def settle(
        cls, order_id: int, resolution: str, *, now: datetime, actor: str, **where: Any
    ) -> None:
        """Close the open questions about an order; ``where`` narrows them (``reason=…``)."""
        cls.objects.filter(order_id=order_id, resolved_at=None, **where).update(
            resolved_at=now, resolution=resolution, actor=actor
        )
