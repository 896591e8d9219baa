"""The book. Appended by orders.ledger, never changed.

The database numbers each entry, computes the balance after it and moves the customer's balance
as the row is inserted (migration 0002): an entry without its effect, or an effect without its
entry, cannot exist.
"""

from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Now, NullIf
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField


class Kind(models.TextChoices):
    """What an entry is for. The kind names the counter-account on the operator's side."""

    TOP_UP = "top_up", _("Top-up")
    CHARGE = "charge", _("Charge")
    REFUND = "refund", _("Refund")
    REVERSAL = "reversal", _("Refund taken back")
    BONUS = "bonus", _("Bonus")
    ADJUSTMENT = "adjustment", _("Adjustment")
    CHARGEBACK = "chargeback", _("Chargeback")
    RESTORED = "restored", _("Chargeback given back")
    PAID_BACK = "paid_back", _("Paid back")
    PAYOUT = "payout", _("Payout")
    OPENING = "opening", _("Opening balance")


CAUSE_MAX = 100


class LedgerEntry(models.Model):
    """One movement of a balance."""

    customer = models.ForeignKey(
        "orders.Customer", on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    number = models.PositiveIntegerField(help_text=_("1, 2, 3 … for each customer."))
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = MoneyField()
    balance_after = MoneyField()
    order = models.ForeignKey(
        "orders.Order",
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
        db_index=False,
    )
    step = models.PositiveIntegerField(
        default=1, help_text=_("1, 2 … of this kind for this order.")
    )
    payment = models.ForeignKey(
        "orders.Payment",
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
        db_index=False,
    )
    cause = models.CharField(  # noqa: DJ001
        max_length=CAUSE_MAX,
        null=True,
        help_text=_("What it is for, where no order is: no cause counts twice."),
    )
    actor = models.CharField(max_length=150, blank=True, default="", help_text=_("Empty: machine."))
    reason = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    previous_number = models.GeneratedField(
        expression=NullIf(F("number") - 1, Value(0)),
        output_field=models.PositiveIntegerField(null=True),
        db_persist=True,
    )
    previous_balance = models.GeneratedField(
        expression=F("balance_after") - F("amount"), output_field=MoneyField(), db_persist=True
    )
    charged_order = models.GeneratedField(
        expression=Case(When(kind=Kind.CHARGE, step=1, then=F("order_id"))),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
        help_text=_("The order that this is the charge of."),
    )

    class Meta:
        ordering = ["customer", "number"]
        constraints = [
            # A function, for this is by far the longest rule: a condition written out is read anew
            # for every statement that inserts.
            models.CheckConstraint(
                condition=Func(
                    F("kind"),
                    F("amount"),
                    F("order"),
                    F("payment"),
                    function="orders_entry_fits",
                    output_field=models.BooleanField(),
                ),
                name="entry_kind_fits_sign_and_order",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False, cause__isnull=True)
                | Q(order__isnull=True, cause__isnull=False),
                name="entry_has_one_cause",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[Kind.ADJUSTMENT]) | ~Q(reason=""),
                name="entry_adjustment_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(number__gt=1) | Q(balance_after=F("amount")),
                name="entry_first_from_zero",
            ),
            # Not unique=True, which brings a second index for LIKE.
            models.UniqueConstraint(fields=["cause"], name="orders_ledgerentry_cause_key"),
            models.UniqueConstraint(fields=["customer", "number"], name="entry_number_once"),
            models.UniqueConstraint(
                fields=["order", "kind", "step"], name="entry_once_per_order_step"
            ),
        ]
        indexes = [
            models.Index(
                fields=["payment"], condition=Q(payment__isnull=False), name="entry_of_payment"
            ),
            # What came in less the balance is what was spent: without reading a single order.
            models.Index(
                fields=["customer"],
                include=["amount"],
                condition=Q(order__isnull=True),
                name="entry_not_of_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}/{self.number} {self.kind} {self.amount}"
