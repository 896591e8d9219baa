"""A provider (address, key, limits, health) and its offers as last seen."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from providers.secrets import EncryptedTextField

UPSTREAM_ID_MAX = 64
TYPE_MAX = 64
NAME_MAX = 500
CATEGORY_MAX = 250
CURRENCY_MAX = 10
ERROR_MAX = 1_000

TIMEOUT_MAX_S = 60  # a round of calls ends within the limits of a task
CONCURRENCY_MAX = 256
RATE_MAX_PER_S = 1_000
GIVE_UP_MAX_H = 24 * 90


class ProviderQuerySet(models.QuerySet["Provider"]):
    def reachable(self, now: datetime) -> "ProviderQuerySet":
        """Providers that may be called at `now`: switched on, not paused, circuit closed."""
        return self.filter(
            Q(paused_until=None) | Q(paused_until__lte=now),
            Q(circuit_open_until=None) | Q(circuit_open_until__lte=now),
            is_active=True,
        )


class Provider(models.Model):
    """A panel we buy from. Staff write the first half, `providers.health` the second."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    url = models.CharField(_("API address"), max_length=500)
    api_key = EncryptedTextField(_("API key"))
    currency = models.CharField(_("currency"), max_length=CURRENCY_MAX, default="USD")
    exchange_rate = models.DecimalField(
        _("exchange rate"),
        max_digits=20,
        decimal_places=10,
        default=Decimal(1),
        help_text=_("Panel currency for one unit of the provider's currency."),
    )
    exchange_rate_at = models.DateTimeField(_("exchange rate of"), null=True, blank=True)
    verify_tls = models.BooleanField(_("check the TLS certificate"), default=True)
    allow_private_address = models.BooleanField(
        _("allow a private address"),
        default=False,
        help_text=_("Only for a provider on this machine or in your own network."),
    )
    user_agent = models.CharField(_("user agent"), max_length=200, default="Weir/1.0")
    timeout_s = models.PositiveSmallIntegerField(_("deadline of a call (s)"), default=30)
    concurrency = models.PositiveSmallIntegerField(_("parallel calls"), default=8)
    rate_per_s = models.PositiveSmallIntegerField(_("calls per second"), default=20)
    low_balance_alert = models.DecimalField(
        _("warn when the balance is below"), max_digits=20, decimal_places=8, null=True, blank=True
    )
    give_up_after_h = models.PositiveSmallIntegerField(
        _("hours after which a waiting order is paid back"),
        null=True,
        blank=True,
        help_text=_("Empty: orders wait until they can be sent."),
    )
    gap_probe = models.BooleanField(
        _("look for lost orders by their ids"),
        default=False,
        help_text=_("Only where ids are growing numbers and this panel alone uses the account."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    canceled_keeps_delivered = models.BooleanField(
        _("a canceled order keeps what was delivered"),
        default=False,
        help_text=_("Give back only what remains when this provider cancels; else everything."),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    pause_reason = models.CharField(_("reason of the pause"), max_length=200, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    circuit_open_until = models.DateTimeField(_("circuit open until"), null=True, blank=True)
    balance = models.DecimalField(
        _("balance"), max_digits=20, decimal_places=8, null=True, blank=True
    )
    balance_at = models.DateTimeField(_("balance of"), null=True, blank=True)
    last_sync_at = models.DateTimeField(_("last sync"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=ERROR_MAX, blank=True)
    latency_ms = models.PositiveIntegerField(_("latency (ms)"), null=True, blank=True)
    exchange_problem = models.CharField(
        _("why its prices cannot be converted"), max_length=20, blank=True, default=""
    )

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(exchange_rate__gt=0), name="provider_exchange_rate_positive"
            ),
            models.CheckConstraint(
                condition=Q(timeout_s__gte=1, timeout_s__lte=TIMEOUT_MAX_S),
                name="provider_timeout_in_range",
            ),
            models.CheckConstraint(
                condition=Q(concurrency__gte=1, concurrency__lte=CONCURRENCY_MAX),
                name="provider_concurrency_in_range",
            ),
            models.CheckConstraint(
                condition=Q(rate_per_s__gte=1, rate_per_s__lte=RATE_MAX_PER_S),
                name="provider_rate_in_range",
            ),
            models.CheckConstraint(
                condition=Q(give_up_after_h=None)
                | Q(give_up_after_h__gte=1, give_up_after_h__lte=GIVE_UP_MAX_H),
                name="provider_gives_up_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """A service as its provider lists it. Written by the sync alone, and only when it changed."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="offers")
    upstream_id = models.CharField(_("upstream id"), max_length=UPSTREAM_ID_MAX)
    name = models.CharField(_("name"), max_length=NAME_MAX)
    category = models.CharField(_("category"), max_length=CATEGORY_MAX, blank=True)
    type = models.CharField(_("type as sent"), max_length=TYPE_MAX, blank=True)
    cost = models.DecimalField(
        _("cost"),
        max_digits=20,
        decimal_places=10,
        help_text=_("The provider's rate, in the provider's currency."),
    )
    min = models.BigIntegerField(_("minimum"))
    max = models.BigIntegerField(_("maximum"))
    refill = models.BooleanField(_("refill"), default=False)
    cancel = models.BooleanField(_("cancel"), default=False)
    dripfeed = models.BooleanField(_("drip-feed"), default=False)
    description = models.TextField(_("description"), blank=True)
    average_time = models.CharField(_("average time"), max_length=100, blank=True)
    is_gone = models.BooleanField(
        _("gone"), default=False, help_text=_("Cannot be bought: unlisted, unreadable or another.")
    )
    held = models.CharField(_("why it waits for a person"), max_length=20, blank=True, default="")
    held_from = models.JSONField(_("what it was when it was last accepted"), null=True, blank=True)
    was_imported = models.BooleanField(
        _("a service was made from it"), default=False, help_text=_("So it is not made again.")
    )
    missing_since = models.DateTimeField(_("missing since"), null=True, blank=True)
    first_seen = models.DateTimeField(_("first seen"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.UniqueConstraint(fields=["provider", "upstream_id"], name="offer_once"),
            models.CheckConstraint(condition=Q(cost__gt=0), name="offer_cost_positive"),
            models.CheckConstraint(
                condition=Q(min__gte=1, max__gte=F("min")), name="offer_limits_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.upstream_id} {self.name}"
