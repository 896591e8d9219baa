"""What customers get on top: bonuses of a method, promo codes, vouchers."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField

BONUS_MAX = Decimal(10**9)


class BonusRule(models.Model):
    """Percent on top of payments from an amount on; of all that fit, the best one counts."""

    title = models.CharField(max_length=100)
    method = models.ForeignKey(
        "orders.PaymentMethod",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bonus_rules",
        help_text=_("None: all methods."),
    )
    from_amount = MoneyField(default=0, help_text=_("In the panel's currency."))
    percent = models.DecimalField(max_digits=6, decimal_places=3)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100)
                & Q(from_amount__gte=0, from_amount__lte=BONUS_MAX),
                name="bonus_rule_range",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PromoCode(models.Model):
    """A word that gives something on top of a payment. Only its digest is kept.

    ``uses`` is moved by the database as uses are noted and released.
    """

    title = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    percent = models.DecimalField(max_digits=6, decimal_places=3, default=0)
    fixed = MoneyField(default=0, help_text=_("In the panel's currency."))
    most = MoneyField(null=True, blank=True, help_text=_("Of a percentage, for each payment."))
    min_amount = MoneyField(default=0, help_text=_("In the panel's currency."))
    uses = models.PositiveIntegerField(default=0, editable=False)
    uses_max = models.PositiveIntegerField(null=True, blank=True, help_text=_("None: no limit."))
    uses_per_customer_max = models.PositiveIntegerField(default=1)
    methods = models.ManyToManyField(
        "orders.PaymentMethod", blank=True, related_name="+", help_text=_("None: all methods.")
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_released = models.BooleanField(
        default=True, db_default=True, help_text=_("Off until a second person confirmed it.")
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="promo_digest_once"),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, fixed=0)
                | Q(percent=0, fixed__gt=0, fixed__lte=BONUS_MAX),
                name="promo_gives_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(min_amount__gte=0, min_amount__lte=BONUS_MAX),
                name="promo_min_amount_range",
            ),
            models.CheckConstraint(
                condition=Q(most__isnull=True) | Q(percent__gt=0, most__gt=0, most__lte=BONUS_MAX),
                name="promo_most_range",
            ),
            models.CheckConstraint(
                condition=Q(uses_max__isnull=True) | Q(uses__lte=F("uses_max")),
                name="promo_uses_within_max",
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(is_released=True), name="promo_released_first"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PromoUse(models.Model):
    """A promo code kept for a payment, given once that is settled."""

    promo = models.ForeignKey(PromoCode, on_delete=models.PROTECT, related_name="noted_uses")
    customer = models.ForeignKey(
        "orders.Customer", on_delete=models.PROTECT, related_name="promo_uses"
    )
    payment = models.OneToOneField(
        "orders.Payment", on_delete=models.PROTECT, related_name="promo_use"
    )
    given = MoneyField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(given__gte=0, given__lte=BONUS_MAX), name="promo_given_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.promo_id} for payment {self.payment_id}"
