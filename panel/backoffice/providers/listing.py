"""The providers at a glance, and one of them with all that can be done."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from orders.models import CatalogueSync
from orders.money import plain
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.providers.figures import Figures, figures
from panel.backoffice.providers.forms import PauseForm, RateForm
from providers.models import Offer, Provider

PROVIDERS_MAX = 500
SYNCS_SHOWN = 20
HELD_SHOWN = 200

HEALTH = {
    "off": ("secondary", "ban", _("Switched off")),
    "paused": ("yellow", "clock", _("Paused")),
    "down": ("red", "alert-triangle", _("Does not answer")),
    "exchange": ("orange", "alert-triangle", _("Not convertible")),
    "failing": ("orange", "alert-triangle", _("Failing")),
    "low": ("orange", "wallet", _("Balance is low")),
    "well": ("green", "circle-check", _("Well")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A provider as the list shows it."""

    provider: Provider
    figures: Figures | None
    now: datetime

    @property
    def health(self) -> str:
        """The most serious of what is the matter, a key of HEALTH."""
        row = self.provider
        troubles = {
            "off": not row.is_active,
            "paused": self.is_paused,
            "down": row.circuit_open_until is not None and row.circuit_open_until > self.now,
            "exchange": row.exchange_problem != "",
            "failing": row.failures > 0,
            "low": self.is_low,
        }
        return next((name for name, is_so in troubles.items() if is_so), "well")

    @property
    def badge(self) -> tuple[str, str, object]:
        return HEALTH[self.health]

    @property
    def is_paused(self) -> bool:
        until = self.provider.paused_until
        return until is not None and until > self.now

    @property
    def is_low(self) -> bool:
        balance, least = self.provider.balance, self.provider.low_balance_alert
        return balance is not None and least is not None and balance < least


@require_safe
@staff_page(Right.PROVIDERS)
def providers(request: HttpRequest, staff: Staff) -> HttpResponse:
    """All of them, switched-off ones last."""
    rows = list(Provider.objects.order_by("-is_active", "name").defer("api_key")[:PROVIDERS_MAX])
    found, now = figures([row.pk for row in rows]), timezone.now()
    lines = [Line(row, found.get(row.pk), now) for row in rows]
    return render(request, "backoffice/providers/list.html", {"lines": lines})


@require_safe
@staff_page(Right.PROVIDERS)
def provider(request: HttpRequest, staff: Staff, provider_id: int) -> HttpResponse:
    return show(request, provider_id)


def show(request: HttpRequest, provider_id: int, *, rate: RateForm | None = None) -> HttpResponse:
    """The page of one provider; with ``rate`` when that form has to be looked at again."""
    found = get_object_or_404(Provider.objects.defer("api_key"), pk=provider_id)
    context = {
        "line": Line(found, figures([found.pk]).get(found.pk), timezone.now()),
        "provider": found,
        "syncs": syncs_of(provider_id)[:SYNCS_SHOWN],
        "held": [(offer, _cost_before(offer)) for offer in held_of(provider_id)[:HELD_SHOWN]],
        "offers": Offer.objects.filter(provider=found).aggregate(
            all=Count("pk"), live=Count("pk", filter=Q(is_gone=False))
        ),
        "rate_form": rate or RateForm(initial={"rate": plain(found.exchange_rate)}),
        "pause_form": PauseForm(),
    }
    return render(request, "backoffice/providers/detail.html", context)


def syncs_of(provider_id: int) -> QuerySet[CatalogueSync]:
    """Readings of its list, newest first, without the lists that they keep."""
    return (
        CatalogueSync.objects.filter(provider_id=provider_id)
        .annotate(has_list=Q(kept_list__isnull=False), has_undo=Q(undo__isnull=False))
        .defer("kept_list", "undo", "skipped")
    )


def held_of(provider_id: int) -> QuerySet[Offer]:
    """Offers that wait for a person before they are sold again."""
    return Offer.objects.filter(provider_id=provider_id).exclude(held="").order_by("pk")


def _cost_before(offer: Offer) -> Decimal | None:
    """What a held offer cost when it was last accepted."""
    text = (offer.held_from or {}).get("cost")
    return None if text is None else Decimal(text)
