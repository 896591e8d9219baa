"""Staff changed something that prices or availability follow from, or accept what was held."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from orders.catalogue import relisting
from orders.catalogue.listing import Relisted
from orders.catalogue.offers import Held
from orders.models import Source
from providers.models import Offer


def reprice(
    *,
    now: datetime,
    provider_id: int | None = None,
    category_id: int | None = None,
    service_ids: Iterable[int] | None = None,
) -> list[Relisted]:
    """Work the listing of services out anew; returns those that changed.

    To be called after a change of a markup, a fixed rate or limit, a source, an import plan or a
    provider's switch. Manual services have no cost to follow. Without a scope: all of them.
    """
    sources = Source.objects.order_by("service_id")
    if provider_id is not None:
        sources = sources.filter(offer__provider_id=provider_id)
    if category_id is not None:
        sources = sources.filter(service__category_id=category_id)
    if service_ids is not None:
        sources = sources.filter(service_id__in=list(service_ids))
    return relisting.refresh(list(sources.values_list("service_id", flat=True).distinct()), now=now)


@transaction.atomic
def release(offer_ids: Iterable[int], *, now: datetime) -> list[Relisted]:
    """Accept held offers as they are listed now: reprice their services and sell them again.

    An offer whose row cannot be read has nothing to accept; it stays held.
    """
    held = Offer.objects.filter(
        pk__in=list(offer_ids), held__in=[Held.COST.value, Held.RENUMBERED.value]
    )
    released = list(held.select_for_update().values_list("pk", flat=True))
    # A jump of the cost alone says nothing about being listed; the other id's service is there.
    held.filter(held=Held.RENUMBERED.value).update(is_gone=False, missing_since=None)
    Offer.objects.filter(pk__in=released).update(held="", held_from=None, changed_at=now)
    return reprice(
        service_ids=Source.objects.filter(offer__in=released).values_list("service", flat=True),
        now=now,
    )
