"""What was bought, where it is, and when it is due."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.lifecycle import AT_PROVIDER, ENDED, NEXT, Status, protocol_word
from orders.money import MoneyField, RateField
from orders.order_types import ORDER_TYPES

BUCKET_SIZE = 100
UPSTREAM_ID_MAX = 64


class IllegalMove(Exception):
    """An order may not go from its state to that one."""


class PollBucket(models.Model):
    """Up to BUCKET_SIZE orders of one provider that are asked for together."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE)
    filled = models.PositiveSmallIntegerField(default=0, help_text=_("Orders ever put in."))
    is_watch = models.BooleanField(default=False, help_text=_("Ended orders, asked for rarely."))
    interval = models.DurationField(default=timedelta(minutes=1))
    due_at = models.DateTimeField(db_default=Now())
    claimed_until = models.DateTimeField(null=True)
    polled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(filled__lte=BUCKET_SIZE), name="bucket_not_over_full"
            )
        ]
        indexes = [
            models.Index(fields=["provider", "due_at"], name="bucket_due"),
            models.Index(
                fields=["provider", "is_watch"],
                condition=Q(filled__lt=BUCKET_SIZE),
                name="bucket_with_room",
            ),
        ]

    def __str__(self) -> str:
        return f"Bucket {self.pk} of provider {self.provider_id}"


class Order(models.Model):
    """One purchase. Its id is its number. Charge, rate and cost are frozen when it is placed."""

    class Origin(models.TextChoices):
        WEB = "web", _("Web")
        MASS = "mass", _("Mass order")
        API = "api", _("API")
        STAFF = "staff", _("Staff")

    class Hold(models.TextChoices):
        NONE = "", _("Not held")
        MARGIN = "margin", _("Margin too small")
        SOURCE = "source", _("No usable source")
        STAFF = "staff", _("Held by staff")

    customer = models.ForeignKey(
        "orders.Customer", on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    service = models.ForeignKey(
        "orders.Service", on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    offer = models.ForeignKey(
        "providers.Offer",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        help_text=_("Whose turn it is to deliver; empty for services that staff deliver."),
    )
    provider = models.ForeignKey(
        "providers.Provider", on_delete=models.PROTECT, null=True, db_index=False
    )
    upstream_id = models.CharField(max_length=UPSTREAM_ID_MAX, null=True)  # noqa: DJ001
    inputs = models.JSONField()
    link = models.TextField()
    quantity = models.BigIntegerField(help_text=_("For each run."))
    runs = models.PositiveIntegerField(default=1)
    units = models.BigIntegerField(help_text=_("What the rate is multiplied with, per 1000."))
    rate = RateField()
    charge = MoneyField()
    metered = MoneyField(default=0, editable=False, help_text=_("Charged as posts were served."))
    refunded = MoneyField(default=0, editable=False)
    cost_rate = models.DecimalField(max_digits=24, decimal_places=10, default=0)
    cost = MoneyField(default=0)
    start_count = models.BigIntegerField(null=True)
    remains = models.BigIntegerField(null=True)
    served = models.PositiveIntegerField(null=True, help_text=_("Runs or posts done."))
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    hold = models.CharField(max_length=8, choices=Hold.choices, default=Hold.NONE, blank=True)
    due_at = models.DateTimeField(null=True, help_text=_("When it is to be forwarded next."))
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    misses = models.PositiveSmallIntegerField(default=0, help_text=_("Polls without it in a row."))
    bucket = models.ForeignKey(PollBucket, on_delete=models.SET_NULL, null=True, db_index=False)
    origin = models.CharField(max_length=5, choices=Origin.choices, default=Origin.WEB)
    idempotency_key = models.CharField(max_length=100, null=True)  # noqa: DJ001
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    charge_amount = models.GeneratedField(
        expression=-F("charge"), output_field=MoneyField(), db_persist=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "upstream_id"],
                condition=Q(upstream_id__isnull=False),
                name="order_upstream_once",
            ),
            models.UniqueConstraint(
                fields=["customer", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="order_idempotency_once",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, units__gte=0, runs__gt=0), name="order_counts_positive"
            ),
            models.CheckConstraint(
                condition=Q(charge=F("rate") * F("units") / 1000),
                name="order_charge_is_rate_by_units",
            ),
            models.CheckConstraint(
                condition=Q(
                    metered__gte=0, refunded__gte=0, refunded__lte=F("charge") + F("metered")
                ),
                name="order_refunded_within_charge",
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="order_status_in_table"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=AT_PROVIDER, provider__isnull=False)
                | Q(upstream_id__isnull=False),
                name="order_at_provider_has_upstream_id",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="order_by_customer"),
            models.Index(
                fields=["provider", "due_at"],
                condition=Q(status=Status.PENDING, due_at__isnull=False),
                name="order_to_forward",
            ),
            models.Index(
                fields=["claimed_until"],
                condition=Q(status=Status.SUBMITTING),
                name="order_claimed",
            ),
            models.Index(
                fields=["bucket"], condition=Q(bucket__isnull=False), name="order_in_bucket"
            ),
            models.Index(
                fields=["provider"],
                condition=Q(status__in=AT_PROVIDER, bucket__isnull=True, provider__isnull=False),
                name="order_in_no_bucket",
            ),
            models.Index(
                fields=["hold"],
                condition=Q(status=Status.PENDING) & ~Q(hold=""),
                name="order_held",
            ),
            models.Index(fields=["service", "-id"], name="order_by_service"),
            models.Index(fields=["provider", "-id"], name="order_by_provider"),
            # Most orders are completed ones: those are found without an index.
            models.Index(
                fields=["status", "-id"],
                condition=~Q(status=Status.COMPLETED),
                name="order_by_status",
            ),
            models.Index(
                fields=["customer", "-id"], condition=Q(runs__gt=1), name="order_in_portions"
            ),
            # Only subscriptions have a delay.
            models.Index(
                fields=["customer", "-id"],
                condition=Q(inputs__has_key="delay"),
                name="order_subscribed",
            ),
        ]

    def __str__(self) -> str:
        return f"Order {self.pk}"

    @property
    def is_subscription(self) -> bool:
        return ORDER_TYPES[self.service.type].is_subscription

    @property
    def word(self) -> str:
        """The state as the protocol calls it."""
        return protocol_word(self.status, is_subscription=self.is_subscription)

    def move_to(self, status: str, *, now: datetime, **columns: Any) -> None:
        """Go to another state, writing ``columns`` with it. The only way to change a state.

        The caller holds the row's lock. Raises IllegalMove; then nothing has changed.
        """
        if status not in NEXT[self.status]:
            raise IllegalMove(f"Order {self.pk} cannot go from {self.status} to {status}.")
        self.status = status
        self.closed_at = now if status in ENDED else None
        if status in ENDED or status in AT_PROVIDER:
            self.due_at = None
        if status != Status.SUBMITTING:
            self.claimed_until = None
        for name, value in columns.items():
            setattr(self, name, value)
        self.save(update_fields=["status", "closed_at", "due_at", "claimed_until", *columns])


class OpenLink(models.Model):
    """A link that an active order occupies at an offer: a second one would collide upstream."""

    order = models.OneToOneField(
        Order, on_delete=models.CASCADE, primary_key=True, related_name="open_link"
    )
    offer = models.ForeignKey("providers.Offer", on_delete=models.CASCADE, db_index=False)
    digest = models.BinaryField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "digest"], name="open_link_once"),
        ]

    def __str__(self) -> str:
        return f"Link of order {self.order_id}"
