"""New services from offers: the only moment at which the list decides what staff decide later."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.catalogue import reading, writing
from orders.catalogue.listing import NO_MARKUP, Listing, Supply, first_listing
from orders.catalogue.offers import Known
from orders.models import ImportPlan, Service, Source
from orders.models.markup import MarkupLevel
from orders.order_types import find_type
from providers.models import Offer, Provider

HEADING_OF_NONE = "Other"
AS_LISTED: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class NewService:
    """A service that is to be created from the offer with this upstream id."""

    upstream_id: str
    type: str
    category: str
    position: int
    listing: Listing
    markup: MarkupLevel = NO_MARKUP


def wants(plan: ImportPlan) -> Callable[[str, str], bool]:
    """Whether the plan imports an offer by itself, by its category and upstream id."""
    if plan.choice == ImportPlan.Choice.ALL:
        return lambda category, upstream_id: True
    if plan.choice == ImportPlan.Choice.NOTHING:
        return lambda category, upstream_id: False
    categories, services = set(plan.categories), {str(item) for item in plan.services}
    return lambda category, upstream_id: category in categories or upstream_id in services


def terms_of(provider: Provider, plan: ImportPlan) -> Callable[[Known], Supply]:
    """How an offer of this provider supplies a service."""
    markup = MarkupLevel(*(getattr(plan, name) for name in MarkupLevel._fields))
    return lambda offer: Supply(
        offer,
        exchange_rate=provider.exchange_rate,
        exchange_problem=provider.exchange_problem,
        is_provider_active=provider.is_active,
        provider_markup=markup,
    )


def work_out(
    offers: Sequence[tuple[int, Known]],
    *,
    supply_of: Callable[[Known], Supply],
    category_names: Mapping[str, str] = AS_LISTED,
    markup: MarkupLevel = NO_MARKUP,
) -> list[NewService]:
    """The services to make from (position, offer); unknown types and unpriceable ones are none."""
    listed = {offer.facts.category for _position, offer in offers}
    headings = {name: category_names.get(name) or name or HEADING_OF_NONE for name in listed}
    markups = reading.category_markups(headings.values())
    types = {name: find_type(name) for name in {offer.facts.type for _position, offer in offers}}
    made = []
    for position, offer in offers:
        offered, heading = types[offer.facts.type], headings[offer.facts.category]
        if offered is None:
            continue
        try:
            listing = first_listing(supply_of(offer), markup, markups.get(heading, NO_MARKUP))
        except ValueError:
            continue
        where = (offer.upstream_id, offered.title, heading, position)
        made.append(NewService(*where, listing, markup))
    return made


def create(
    new: Sequence[NewService], *, offer_ids: Mapping[str, int], is_active: bool, now: datetime
) -> list[int]:
    """Write services with their source; ``offer_ids`` are the ids of their offers."""
    headings = writing.ensure_categories([one.category for one in new])
    services = Service.objects.bulk_create(
        [_row(one, headings[one.category], is_active=is_active) for one in new],
        batch_size=writing.BATCH_MAX,
    )
    sources = [
        Source(service_id=service.pk, offer_id=offer_ids[one.upstream_id])
        for service, one in zip(services, new, strict=True)
    ]
    Source.objects.bulk_create(sources, batch_size=writing.BATCH_MAX)
    used = [source.offer_id for source in sources]
    Offer.objects.filter(pk__in=used).update(was_imported=True, changed_at=now)
    return [service.pk for service in services]


def _row(new: NewService, category_id: int, *, is_active: bool) -> Service:
    listing = new.listing
    return Service(
        category_id=category_id,
        type=new.type,
        position=new.position,
        is_active=is_active,
        unavailable=listing.unavailable,
        **{f"listed_{name}": value for name, value in _listed(listing).items()},
        **new.markup._asdict(),
    )


def _listed(listing: Listing) -> dict[str, object]:
    columns = listing._asdict()
    del columns["unavailable"]
    return columns
