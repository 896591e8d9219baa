"""Money that staff move by hand: asked for by one person, and from an amount on by two."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField
from panel.models.audit import REASON_MAX


class FundsRequest(models.Model):
    """One wish to move money by hand. A small one is booked as it is asked for; a big one waits
    until somebody else confirms it. Migration 0017 holds that neither is changed meanwhile, and
    that what one person books alone stays within the amount."""

    class Purpose(models.TextChoices):
        FUNDS = "funds", _("Give or take funds")
        IMPORT = "import", _("Import of customers with balances")
        IMPORT_BACK = "import_back", _("An import of customers taken back")
        CONFIRM = "confirm", _("Payment by hand confirmed")
        CREDIT = "credit", _("Payment credited as it came")
        REFUND = "refund", _("Payment paid back")
        VOUCHERS = "vouchers", _("Vouchers")
        PROMO = "promo", _("Promo code")
        CREDIT_LIMIT = "credit_limit", _("A higher credit limit")
        BONUS = "bonus", _("Bonus on payments")
        ORDER = "order", _("Order ended with money back")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for a second person")
        BOOKED = "booked", _("Booked")
        TURNED_DOWN = "turned_down", _("Turned down")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    subject_id = models.BigIntegerField(help_text=_("The customer, the import …"))
    customer = models.ForeignKey(
        "orders.Customer", on_delete=models.PROTECT, null=True, related_name="funds_requests"
    )
    amount = MoneyField(help_text=_("As it changes the balance."))
    details = models.JSONField(
        default=dict, db_default={}, help_text=_("What the deed needs besides.")
    )
    reason = models.CharField(max_length=REASON_MAX)
    token = models.UUIDField(unique=True, help_text=_("The mark of the form: one form asks once."))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()
    wants_second = models.BooleanField(help_text=_("It was above the amount for one person."))
    lapses_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=REASON_MAX, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="funds_request_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", wants_second=True, decided_at=None, decided_by=None)
                | Q(state="booked", wants_second=False, decided_by=None)
                | Q(
                    state="booked",
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    decided_at__lt=F("lapses_at"),
                )
                | Q(state="turned_down", decided_by__isnull=False, decided_at__isnull=False)
                | Q(state="withdrawn", decided_by=None, decided_at__isnull=False),
                name="funds_request_decided_by_its_state",
            ),
            models.CheckConstraint(
                condition=~Q(amount=0) & ~Q(reason=""), name="funds_request_says_what_and_why"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="waiting"), name="funds_request_waiting"),
            models.Index(fields=["asked_by", "asked_at"], name="funds_request_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.amount}: {self.state}"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    def is_lapsed(self, now: datetime) -> bool:
        """Nobody confirmed it in time; it will never be booked."""
        return self.is_waiting and now >= self.lapses_at
