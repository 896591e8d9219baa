"""How a service is to stand in our price list, made from its sources: pure.

Everything here follows from the offers and the markups as they are now, so that it may be worked
out anew at any time: after a sync, a new markup, a new exchange rate, an undone sync.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from orders.catalogue.offers import Held, Known
from orders.models.imports import CatalogueChange
from orders.models.markup import MarkupLevel, nearest_markup
from orders.money import plain
from orders.order_types import find_type
from orders.pricing import Markup, keeps_margin, selling_rate

Kind = CatalogueChange.Kind
NO_MARKUP = MarkupLevel()


class Reason(StrEnum):
    """Why the machine does not sell a service. The reasons of ``Held`` stand beside these."""

    GONE = "gone"  # no source lists it any more
    TYPE = "type_changed"  # its source asks for other inputs by now, or for unknown ones
    EXCHANGE = "exchange_rate"  # its cost cannot be converted
    LIMITS = "limits"  # our limits and those of the source leave no quantity
    RATE = "rate"  # cost and markup make no rate that can be stored
    MARGIN = "margin"  # its fixed rate leaves less than the least margin


class Listing(NamedTuple):
    """The columns of a service that the sync writes; rate in the panel's currency."""

    name: str
    description: str
    min: int
    max: int
    rate: Decimal
    refill: bool
    cancel: bool
    dripfeed: bool
    unavailable: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A service as it stands, with what staff decided about it."""

    id: int
    type: str
    listing: Listing
    own_min: int | None = None
    own_max: int | None = None
    own_rate: Decimal | None = None
    markup: MarkupLevel = NO_MARKUP
    category_markup: MarkupLevel = NO_MARKUP


@dataclass(frozen=True, slots=True)
class Supply:
    """One active source of a service, and how its provider's costs are converted."""

    offer: Known
    exchange_rate: Decimal = Decimal(1)
    exchange_problem: str = ""
    is_provider_active: bool = True
    provider_markup: MarkupLevel = NO_MARKUP

    @property
    def is_usable(self) -> bool:
        return self.is_provider_active and not self.offer.is_gone


@dataclass(frozen=True, slots=True)
class Relisted:
    """A service whose listing changes."""

    service: Standing
    after: Listing


def first_listing(supply: Supply, *levels: MarkupLevel) -> Listing:
    """The listing of a new service; its own markup and its category's come before the plan's.

    ValueError when it cannot be priced.
    """
    facts = supply.offer.facts
    markup = nearest_markup(*levels, supply.provider_markup)
    rate = selling_rate(facts.cost, exchange_rate=supply.exchange_rate, markup=markup)
    return Listing(
        *(facts.name, facts.description, facts.min, facts.max, rate),
        *(facts.refill, facts.cancel, facts.dripfeed),
        unavailable=Reason.EXCHANGE.value if supply.exchange_problem else "",
    )


def relist(service: Standing, supplies: Sequence[Supply]) -> Listing:
    """The listing that follows from ``supplies``, the active sources by rank.

    Name and description follow the first of them, all else the first that can be bought from.
    """
    leader = next((supply for supply in supplies if supply.is_usable), None)
    if leader is None:
        return service.listing._replace(unavailable=_why_gone(supplies))
    offered = find_type(leader.offer.facts.type)
    if offered is None or offered.title != service.type:
        return service.listing._replace(unavailable=Reason.TYPE.value)
    listing = _with_facts(service, leader.offer, is_first=leader is supplies[0])
    return _priced(service, listing, leader)


def feed_of(relisted: Relisted) -> list[tuple[Kind, str, str]]:
    """What customers read about it: kind, old, new. Rates set by staff do not move with costs."""
    service, after = relisted.service, relisted.after
    before = service.listing
    lines = []
    if bool(before.unavailable) != bool(after.unavailable):
        kind = Kind.GONE if after.unavailable else Kind.BACK
        lines.append((kind, before.unavailable, after.unavailable))
    if before.rate != after.rate and service.own_rate is None:
        kind = Kind.RATE_UP if after.rate > before.rate else Kind.RATE_DOWN
        lines.append((kind, plain(before.rate), plain(after.rate)))
    old, new = _limits(service, before), _limits(service, after)
    if old != new:
        lines.append((Kind.LIMITS, "{}–{}".format(*old), "{}–{}".format(*new)))
    return lines


def _why_gone(supplies: Sequence[Supply]) -> str:
    held = supplies[0].offer.held if supplies else ""
    return held if held in (Held.INVALID, Held.RENUMBERED) else Reason.GONE.value


def _limits(service: Standing, listing: Listing) -> tuple[int, int]:
    least = listing.min if service.own_min is None else service.own_min
    most = listing.max if service.own_max is None else service.own_max
    return least, most


def _with_facts(service: Standing, offer: Known, *, is_first: bool) -> Listing:
    facts = offer.facts
    listing = service.listing._replace(
        min=facts.min,
        max=facts.max,
        refill=facts.refill,
        cancel=facts.cancel,
        dripfeed=facts.dripfeed,
        unavailable="",
    )
    if is_first:
        listing = listing._replace(name=facts.name, description=facts.description)
    least, most = _limits(service, listing)
    if least > most:
        # The database refuses limits that leave nothing: keep the old ones and do not sell.
        old = service.listing
        listing = listing._replace(min=old.min, max=old.max, unavailable=Reason.LIMITS.value)
    return listing


def _priced(service: Standing, listing: Listing, leader: Supply) -> Listing:
    """With its rate; while a jump of the cost is held, the rate made from the accepted cost."""
    if leader.exchange_problem:
        return listing._replace(unavailable=Reason.EXCHANGE.value)
    offer = leader.offer
    markup = nearest_markup(service.markup, service.category_markup, leader.provider_markup)
    cost = offer.accepted.cost if offer.held else offer.facts.cost
    try:
        rate = selling_rate(cost, exchange_rate=leader.exchange_rate, markup=markup)
    except ValueError:
        return listing._replace(unavailable=Reason.RATE.value)
    listing = listing._replace(rate=rate)
    if not listing.unavailable and not _is_worthwhile(service, rate, leader, markup):
        reason = Held.COST.value if offer.held else Reason.MARGIN.value
        return listing._replace(unavailable=reason)
    return listing


def _is_worthwhile(service: Standing, rate: Decimal, leader: Supply, markup: Markup) -> bool:
    sold_at = rate if service.own_rate is None else service.own_rate
    cost, exchange_rate = leader.offer.facts.cost, leader.exchange_rate
    return keeps_margin(sold_at, cost, exchange_rate=exchange_rate, markup=markup)
