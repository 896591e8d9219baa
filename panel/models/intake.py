"""A file of customers: kept with its dry run, then taken in a few lines at a time."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField

FILE_NAME_MAX = 200


class Intake(models.Model):
    """One file. Its lines are the queue: those that are ready and have no customer are due."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Not taken in yet")
        RUNNING = "running", _("Being taken in")
        MAILING = "mailing", _("E-mails go out")
        DONE = "done", _("Taken in")
        GOING_BACK = "going_back", _("Being taken back")
        BACK = "back", _("Taken back")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="intakes"
    )
    file_name = models.CharField(max_length=FILE_NAME_MAX)
    encoding = models.CharField(max_length=20)
    header = models.JSONField(help_text=_("The names of the columns, as they stand in the file."))
    columns = models.JSONField(default=dict, help_text=_("Which column each field is read from."))
    decimal_mark = models.CharField(max_length=1, default=".")
    sends_mails = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    reason = models.TextField(blank=True, default="")
    actor = models.CharField(max_length=150, blank=True, default="")
    lines_count = models.PositiveIntegerField(default=0)
    ready = models.PositiveIntegerField(default=0, help_text=_("Lines without a problem."))
    total = MoneyField(default=0, help_text=_("Of the balances of the lines that are ready."))
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=["running", "mailing", "going_back"]),
                name="intake_under_way",
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name}: {self.ready} of {self.lines_count}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.RUNNING, self.State.MAILING, self.State.GOING_BACK)


class IntakeLine(models.Model):
    """One line of a file: what stands in it, what it means, what is wrong with it or became of
    it."""

    intake = models.ForeignKey(
        Intake, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    number = models.PositiveIntegerField(help_text=_("Of the line in the file."))
    cells = models.JSONField()
    email = models.CharField(max_length=254, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    balance = MoneyField(default=0)
    discount = models.DecimalField(max_digits=6, decimal_places=3, default=0)
    country = models.CharField(max_length=2, blank=True, default="")
    group = models.CharField(max_length=50, blank=True, default="")
    problem = models.TextField(blank=True, default="")
    customer = models.OneToOneField("orders.Customer", on_delete=models.PROTECT, null=True)
    is_mail_due = models.BooleanField(default=False)
    mail_error = models.CharField(max_length=500, blank=True, default="")
    is_back = models.BooleanField(default=False, help_text=_("It was taken back, or cannot be."))

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["intake", "number"], name="intake_line_once"),
            models.CheckConstraint(condition=Q(balance__gte=0), name="intake_balance_from_zero"),
        ]
        indexes = [
            models.Index(
                fields=["intake", "number"],
                condition=Q(problem="", customer__isnull=True),
                name="intake_line_due",
            )
        ]

    def __str__(self) -> str:
        return f"Line {self.number} of intake {self.intake_id}"
