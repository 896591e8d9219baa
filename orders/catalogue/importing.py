"""Staff choose what is sold: services made from offers that are known already."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from orders.catalogue import creating, reading, writing
from orders.catalogue.listing import NO_MARKUP
from orders.catalogue.offers import Known
from orders.catalogue.turns import take_turn
from orders.models.markup import MarkupLevel
from orders.order_types import find_type
from providers.models import Provider


@dataclass(frozen=True, slots=True)
class Imported:
    """The services made, and why others that were chosen were not: reason by upstream id."""

    service_ids: list[int]
    left_out: dict[str, str]


@transaction.atomic
def import_services(
    provider_id: int,
    *,
    now: datetime,
    upstream_ids: Collection[str] = (),
    categories: Collection[str] = (),
    markup: MarkupLevel = NO_MARKUP,
    category_names: Mapping[str, str] = creating.AS_LISTED,
    is_active: bool = False,
) -> Imported:
    """Make services from the chosen offers: by id, and all of the chosen categories.

    ``category_names`` gives their categories our names; ``markup`` is for these services alone.
    An offer that a service is made from already is left out. Raises SyncBusy.
    """
    take_turn(provider_id)
    provider = Provider.objects.get(pk=provider_id)
    chosen = _chosen(provider_id, set(upstream_ids), set(categories))
    left_out = dict(_left_out(chosen, set(upstream_ids)))
    usable = [offer for offer in chosen if offer.upstream_id not in left_out]
    new = creating.work_out(
        list(enumerate(usable, start=1)),
        supply_of=creating.terms_of(provider, reading.plan_of(provider_id)),
        category_names=category_names,
        markup=markup,
    )
    made = {one.upstream_id for one in new}
    left_out |= {o.upstream_id: "rate" for o in usable if o.upstream_id not in made}
    ids = {offer.upstream_id: offer.id for offer in usable}
    services = creating.create(new, offer_ids=ids, is_active=is_active, now=now)
    writing.write_feed([], services, sync=None, now=now)
    return Imported(services, left_out)


def _chosen(provider_id: int, upstream_ids: set[str], categories: set[str]) -> list[Known]:
    known = reading.known_offers(provider_id)
    chosen = [o for o in known if o.upstream_id in upstream_ids or o.facts.category in categories]
    return sorted(chosen, key=lambda offer: offer.id)  # as the provider lists them


def _left_out(chosen: Sequence[Known], asked: set[str]) -> Iterator[tuple[str, str]]:
    yield from ((upstream_id, "unknown") for upstream_id in asked - {o.upstream_id for o in chosen})
    for offer in chosen:
        if offer.is_sold:
            yield offer.upstream_id, "imported"
        elif offer.is_gone or offer.held:
            yield offer.upstream_id, offer.held or "gone"
        elif find_type(offer.facts.type) is None:
            yield offer.upstream_id, "type"
