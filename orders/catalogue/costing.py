"""What a reading of a provider's list did to our costs: before and now, service by service."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orders.catalogue import reading
from orders.catalogue.listing import Supply
from orders.models import CatalogueChange, CatalogueSync, Service, Source
from orders.pricing import converted, margin_percent
from providers.models import Offer

_Kind = CatalogueChange.Kind
ROUNDING_PERCENT = Decimal("0.05")
"""What setting a rate rounds up by: so much less of a margin is none lost."""


@dataclass(frozen=True, slots=True)
class CostChange:
    """A service whose cost changed; costs and rates for 1000 in our money."""

    service_id: int
    cost_before: Decimal
    cost_now: Decimal
    rate_before: Decimal
    rate_now: Decimal

    @property
    def margin_before(self) -> Decimal | None:
        return margin_percent(self.rate_before, self.cost_before)

    @property
    def margin_now(self) -> Decimal | None:
        return margin_percent(self.rate_now, self.cost_now)

    @property
    def keeps_less(self) -> bool:
        return (self.margin_now or 0) < (self.margin_before or 0) - ROUNDING_PERCENT


def cost_changes(sync: CatalogueSync) -> list[CostChange]:
    """The services whose first source costs more or less since ``sync``, least margin first.

    Empty when what was there before is not kept any more.
    """
    before = _costs_before(sync)
    offers = Offer.objects.filter(pk__in=before).values_list("pk", "cost")
    moved = {pk for pk, cost in offers if cost != before[pk]}
    sources = Source.objects.filter(offer__in=moved, is_active=True)
    ids = list(sources.order_by().values_list("service_id", flat=True).distinct())
    rates = dict(Service.objects.filter(pk__in=ids).values_list("pk", "rate"))
    rates_before = rates | _rates_before(sync, ids)
    changes = [
        CostChange(
            service_id,
            converted(before[supply.offer.id], supply.exchange_rate),
            converted(supply.offer.facts.cost, supply.exchange_rate),
            rates_before[service_id],
            rates[service_id],
        )
        for service_id, supply in _first_supplies(ids).items()
        if supply.offer.id in moved
    ]
    return sorted(changes, key=lambda one: (one.margin_now or Decimal(0), one.service_id))


def _costs_before(sync: CatalogueSync) -> dict[int, Decimal]:
    kept: dict[str, Any] = sync.undo or {}
    return {row["id"]: Decimal(row["facts"]["cost"]) for row in kept.get("offers", [])}


def _rates_before(sync: CatalogueSync, service_ids: list[int]) -> dict[int, Decimal]:
    """Those of services whose rate has moved since, by the reading itself or by staff."""
    moves = CatalogueChange.objects.filter(
        service__in=service_ids, at__gte=sync.at, kind__in=[_Kind.RATE_UP, _Kind.RATE_DOWN]
    )
    first = moves.order_by("service_id", "at", "id").distinct("service_id")
    return {pk: Decimal(old) for pk, old in first.values_list("service_id", "old")}


def _first_supplies(service_ids: list[int]) -> dict[int, Supply]:
    """What each service is bought as."""
    found = {}
    for service_id, supplies in reading.supplies(service_ids).items():
        usable = [one for one in supplies if not one.offer.is_gone and one.is_provider_active]
        if usable:
            found[service_id] = usable[0]
    return found
