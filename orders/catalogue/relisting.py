"""Working out anew how services stand, and writing those that stand otherwise by now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from orders.catalogue import reading, writing
from orders.catalogue.listing import Relisted, Supply, relist
from orders.catalogue.offers import Known
from orders.models import CatalogueSync

NOTHING_NEW: Mapping[int, Known] = {}


@transaction.atomic
def refresh(
    service_ids: Sequence[int], *, now: datetime, sync: CatalogueSync | None = None
) -> list[Relisted]:
    """Relist services from their sources and markups as they are; returns what changed."""
    reading.lock_services(service_ids)
    changed = work_out(service_ids)
    writing.write_services(changed)
    writing.write_feed(changed, [], sync=sync, now=now)
    return changed


def work_out(
    service_ids: Sequence[int], offers: Mapping[int, Known] = NOTHING_NEW
) -> list[Relisted]:
    """The services whose listing differs from what follows from their sources.

    ``offers`` (by id) are those that are about to be written. Manual services, which have no
    source at all, are nobody's but staff's: do not ask for them.
    """
    if not service_ids:
        return []
    found = reading.supplies(service_ids)
    changed = []
    for service in reading.standings(service_ids):
        after = relist(service, _as_of_now(found.get(service.id, []), offers))
        if after != service.listing:
            changed.append(Relisted(service, after))
    return changed


def _as_of_now(supplies: Sequence[Supply], offers: Mapping[int, Known]) -> list[Supply]:
    return [
        replace(supply, offer=offers[supply.offer.id]) if supply.offer.id in offers else supply
        for supply in supplies
    ]
