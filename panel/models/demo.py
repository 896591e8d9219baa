"""The book of the demo gateway: payments that were only played."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField


class DemoPayment(models.Model):
    """What a customer did on the demo's page, and what became of it since.

    It stands for a gateway's own memory: nothing in the panel reads it but the demo's adapter.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        PAID = "paid", _("Paid")
        DECLINED = "declined", _("Declined")

    class Dispute(models.TextChoices):
        NONE = "none", _("None")
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    token = models.UUIDField(primary_key=True)
    amount = MoneyField()
    currency = models.CharField(max_length=10)
    return_url = models.TextField()
    cancel_url = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    paid = MoneyField(null=True)
    refunds = models.JSONField(default=dict, help_text=_("Amount by key."))
    dispute = models.CharField(max_length=4, choices=Dispute.choices, default=Dispute.NONE)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "paid", "declined"]),
                name="demo_payment_state_in_table",
            ),
            models.CheckConstraint(
                condition=models.Q(dispute__in=["none", "open", "won", "lost"]),
                name="demo_payment_dispute_in_table",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.token} {self.state}"

    @property
    def refunded(self) -> Decimal:
        """The sum of all refunds, in the currency that was paid."""
        return sum((Decimal(amount) for amount in self.refunds.values()), Decimal(0))
