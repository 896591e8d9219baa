"""What a day or a month brought in, rolled up from the book by orders.figures, its one writer."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField


class Part(models.TextChoices):
    """Whose figures a row holds."""

    ALL = "all", _("Panel")
    SERVICE = "service", _("Service")
    PROVIDER = "provider", _("Provider")
    CUSTOMER = "customer", _("Customer")


class RolledFigures(models.Model):
    """A day, a month or the last so many days (UTC) of a service, a provider or a customer.

    Days and months are kept of the panel as well. All hold what was booked before the mark of
    `RolledUp`.
    """

    class Span(models.TextChoices):
        DAY = "day"
        MONTH = "month"
        LAST_7 = "7"
        LAST_30 = "30"
        LAST_90 = "90"
        LAST_365 = "365"

    pk = models.CompositePrimaryKey("part", "span", "since", "subject")
    part = models.CharField(max_length=8, choices=Part.choices)
    span = models.CharField(max_length=5, choices=Span.choices)
    since = models.DateField(help_text="The first day of the span.")
    subject = models.BigIntegerField(help_text="An id; 0 for the panel and what staff deliver.")
    orders = models.BigIntegerField(default=0)
    charged = MoneyField(default=0)
    returned = MoneyField(default=0, help_text="Refunds, less those taken back.")
    cost = MoneyField(default=0, help_text="Of what was charged and not returned.")
    paid_in = MoneyField(default=0)
    paid_out = MoneyField(default=0, help_text="Chargebacks, payouts and what was paid back.")
    granted = MoneyField(default=0, help_text="Bonuses, adjustments and opening balances.")

    class Meta:
        indexes = [
            models.Index(
                fields=["part", "subject", "since"],
                condition=Q(span="day"),
                name="figures_of_subject",
            )
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.subject}, {self.span} {self.since}: {self.orders} orders"


class RolledUp(models.Model):
    """The one mark: every entry booked before ``until`` is in RolledFigures, no later one is."""

    until = models.DateTimeField()
    windows_to = models.DateField(
        null=True, help_text="The day with which the last 7, 30, 90 and 365 days end."
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="rolled_up_once")]

    def __str__(self) -> str:
        return f"Rolled up until {self.until:%Y-%m-%d %H:%M}"
