"""A list of orders that a customer wrote down: kept while it is checked, then worked off."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField, RateField


class MassOrder(models.Model):
    """One list. Its lines are the queue: those without order and problem are still to be placed."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Not ordered yet")
        PLACING = "placing", _("Being ordered")
        DONE = "done", _("Ordered")

    customer = models.ForeignKey(
        "orders.Customer", on_delete=models.CASCADE, related_name="mass_orders", db_index=False
    )
    token = models.UUIDField(help_text=_("The mark of the form: one form is one list."))
    digest = models.BinaryField(max_length=16, help_text=_("Of the lines as entered."))
    language = models.CharField(max_length=10, blank=True, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    lines_count = models.PositiveIntegerField()
    placed = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    charge = MoneyField(default=0, help_text=_("Of the lines without a problem."))
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "token"], name="mass_once_per_form"),
            models.CheckConstraint(
                condition=Q(lines_count__gte=F("placed") + F("refused")),
                name="mass_lines_end_once",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="mass_by_customer"),
            models.Index(fields=["id"], condition=Q(state="placing"), name="mass_being_placed"),
        ]

    def __str__(self) -> str:
        return f"Mass order {self.pk}: {self.placed} of {self.lines_count}"


class MassLine(models.Model):
    """One line of a list, with what became of it."""

    mass = models.ForeignKey(
        MassOrder, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    number = models.PositiveIntegerField()
    text = models.TextField()
    shown_rate = RateField(null=True, help_text=_("What the dry run showed; never charged above."))
    charge = MoneyField(default=0)
    problem = models.TextField(blank=True, default="")
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["mass", "number"], name="mass_line_once"),
            models.CheckConstraint(
                condition=Q(problem="") | Q(order__isnull=True), name="mass_line_order_or_problem"
            ),
        ]
        indexes = [
            models.Index(
                fields=["mass", "number"],
                condition=Q(problem="", order__isnull=True),
                name="mass_line_due",
            )
        ]

    def __str__(self) -> str:
        return f"Line {self.number} of mass order {self.mass_id}"
