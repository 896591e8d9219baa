"""Staff choose what is sold: services made from offers that are known already."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from orders.catalogue import creating, reading, writing
from orders.catalogue.creating import NewService
from orders.catalogue.listing import NO_MARKUP
from orders.catalogue.offers import Known
from orders.catalogue.turns import take_turn
from orders.models import CatalogueImport
from orders.models.markup import MarkupLevel
from orders.order_types import find_type
from providers.models import Provider


@dataclass(frozen=True, slots=True)
class Imported:
    """The services made, and why others that were chosen were not: reason by upstream id."""

    service_ids: list[int]
    left_out: dict[str, str]
    import_id: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """What staff want to sell: offers by id and whole categories, at which terms.

    ``category_names`` gives their categories our names; ``markup`` is for these services alone.
    """

    upstream_ids: Collection[str] = ()
    categories: Collection[str] = ()
    markup: MarkupLevel = NO_MARKUP
    category_names: Mapping[str, str] = field(default_factory=dict)
    is_active: bool = False


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would make now: each new service with its offer, and what is left out."""

    services: list[tuple[NewService, Known]]
    left_out: dict[str, str]


def preview_import(provider_id: int, choice: Choice) -> ImportPreview:
    """What import_services would make; nothing is written."""
    new, left_out, offers = _work_out(provider_id, choice)
    return ImportPreview([(one, offers[one.upstream_id]) for one in new], left_out)


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

    An offer that a service is made from already is left out. Raises SyncBusy.
    """
    take_turn(provider_id)
    choice = Choice(upstream_ids, categories, markup, category_names, is_active)
    new, left_out, offers = _work_out(provider_id, choice)
    ids = {upstream_id: offer.id for upstream_id, offer in offers.items()}
    services = creating.create(new, offer_ids=ids, is_active=is_active, now=now)
    writing.write_feed([], services, sync=None, now=now)
    made = CatalogueImport.objects.create(
        provider_id=provider_id,
        at=now,
        is_active=is_active,
        markup={n: str(v) for n, v in markup._asdict().items() if v is not None},
        services=services,
    )
    return Imported(services, left_out, made.pk)


def _work_out(
    provider_id: int, choice: Choice
) -> tuple[list[NewService], dict[str, str], dict[str, Known]]:
    """The services to make, why others are not made, and the usable offers by upstream id."""
    provider = Provider.objects.get(pk=provider_id)
    upstream_ids = set(choice.upstream_ids)
    chosen = _chosen(provider_id, upstream_ids, set(choice.categories))
    left_out = dict(_left_out(chosen, upstream_ids))
    usable = [offer for offer in chosen if offer.upstream_id not in left_out]
    new = creating.work_out(
        list(enumerate(usable, start=1)),
        supply_of=creating.terms_of(provider, reading.plan_of(provider_id)),
        category_names=choice.category_names,
        markup=choice.markup,
    )
    made = {one.upstream_id for one in new}
    left_out |= {o.upstream_id: "rate" for o in usable if o.upstream_id not in made}
    return new, left_out, {offer.upstream_id: offer for offer in usable}


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
