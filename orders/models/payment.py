"""The gateway's side of a top-up."""

import uuid
from decimal import Decimal

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField

PAY_AMOUNT_MAX = Decimal(10**15)
PAY_RATE_MAX = Decimal(10**9)


class Payment(models.Model):
    """Money that a customer pays in. Settled at most once.

    ``amount`` (panel currency) is what is credited, ``pay_amount`` what the customer pays for
    it, in the method's currency. What comes after the credit (money taken back, bonuses) is
    moved by the database, as entries are appended.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        WAITING = "waiting", _("Waits for us")
        SETTLED = "settled", _("Settled")
        REJECTED = "rejected", _("Rejected")
        EXPIRED = "expired", _("Expired")

    customer = models.ForeignKey(
        "orders.Customer", on_delete=models.PROTECT, related_name="payments", db_index=False
    )
    method = models.ForeignKey(
        "orders.PaymentMethod", on_delete=models.PROTECT, null=True, related_name="payments"
    )
    gateway = models.CharField(max_length=30)
    reference = models.CharField(
        max_length=200, help_text=_("The gateway's own id; the token until there is one.")
    )
    token = models.UUIDField(
        default=uuid.uuid4, db_default=RandomUUID(), help_text=_("Our reference in public.")
    )
    amount = MoneyField()
    currency = models.CharField(max_length=10)
    pay_amount = MoneyField()
    pay_currency = models.CharField(max_length=10)
    exchange_rate = models.DecimalField(max_digits=24, decimal_places=12, default=1, db_default=1)
    fee = MoneyField(default=0, db_default=0, help_text=_("Paid on top by the customer."))
    paid_amount = MoneyField(null=True, help_text=_("What arrived, in the method's currency."))
    gateway_fee = MoneyField(null=True, help_text=_("Kept by the gateway, in what was paid."))
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)

    taken_back = MoneyField(default=0, db_default=0, editable=False)
    is_disputed = models.BooleanField(default=False, db_default=False)
    bonus_rule = models.ForeignKey(
        "orders.BonusRule", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    bonus_percent = models.DecimalField(max_digits=6, decimal_places=3, default=0, db_default=0)
    bonus_from = MoneyField(default=0, db_default=0)
    bonus = MoneyField(default=0, db_default=0, editable=False)
    bonus_back = MoneyField(default=0, db_default=0, editable=False)
    bonus_revoked_at = models.DateTimeField(null=True, blank=True)

    redirect_url = models.TextField(blank=True, default="", db_default="")
    instructions = models.TextField(blank=True, default="", db_default="")
    memo = models.CharField(max_length=100, blank=True, default="", db_default="")
    receipt = models.CharField(max_length=200, blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the gateway was asked what we know last.")
    )
    next_check_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference"], name="payment_reference_once"),
            models.UniqueConstraint(fields=["token"], name="payment_token_once"),
            models.UniqueConstraint(
                fields=["memo"],
                condition=~Q(memo="") & Q(status__in=["open", "waiting"]),
                name="payment_memo_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(pay_amount__gt=0, pay_amount__lte=PAY_AMOUNT_MAX)
                & Q(exchange_rate__gt=0, exchange_rate__lte=PAY_RATE_MAX)
                & Q(fee__gte=0, fee__lte=PAY_AMOUNT_MAX),
                name="payment_terms_range",
            ),
            models.CheckConstraint(
                condition=Q(taken_back__gte=0, taken_back__lte=F("amount")),
                name="payment_taken_back_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(bonus_back__gte=0, bonus_back__lte=F("bonus")),
                name="payment_bonus_back_within_bonus",
            ),
            models.CheckConstraint(
                condition=Q(status="settled") | Q(taken_back=0, bonus=0),
                name="payment_moves_once_settled",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "waiting", "settled", "rejected", "expired"]),
                name="payment_status_in_table",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="payment_of_customer"),
            models.Index(fields=["status", "-id"], name="payment_by_status"),
            models.Index(
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
                name="payment_due_for_check",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.reference}"

    @property
    def is_open(self) -> bool:
        """Whether it may still be settled without a person."""
        return self.status in (self.Status.OPEN, self.Status.WAITING)


class PaymentRefund(models.Model):
    """Money that staff send back through the gateway: committed before the gateway is asked.

    Its token is the key by which the gateway pays it back once.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Under way")
        DONE = "done", _("Paid back")
        REFUSED = "refused", _("Refused by the gateway")
        UNKNOWN = "unknown", _("Unknown")

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    token = models.UUIDField(default=uuid.uuid4)
    amount = MoneyField(help_text=_("In the panel's currency, taken from the balance."))
    pay_amount = MoneyField(help_text=_("In the currency that was paid."))
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.OPEN)
    reference = models.CharField(max_length=200, blank=True, default="")
    answer = models.TextField(blank=True, default="")
    reason = models.CharField(max_length=500)
    actor = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["token"], name="payment_refund_token_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=PAY_AMOUNT_MAX)
                & Q(pay_amount__gt=0, pay_amount__lte=PAY_AMOUNT_MAX),
                name="payment_refund_positive",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "done", "refused", "unknown"]),
                name="payment_refund_status_in_table",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(status__in=["open", "unknown"]),
                name="payment_refund_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"Refund {self.pk} of payment {self.payment_id}: {self.status}"
