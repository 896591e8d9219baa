"""The same service at another provider: the offer there that is most like what we buy now."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orders.catalogue.likeness import likeness_percent
from orders.catalogue.sourcing import Line
from orders.models import Service, Source
from orders.order_types import find_type
from providers.models import Offer

LIKE_LEAST_PERCENT = 50
COMPARED_OFFERS = 30
"""Those that share the most and the rarest words with a service are compared letter by letter."""
COMMON_WORD = 2_000
"""A word that so many offers bear tells nothing about one of them."""


class SourceDeed(StrEnum):
    """What is done with the sources of many services."""

    REPLACE = "replace"
    ADD = "add"
    OFF = "off"
    ON = "on"


@dataclass(frozen=True, slots=True)
class Match:
    """An offer that may deliver a service as well."""

    offer: Offer
    percent: int


def find_offers(services: Iterable[Service], *, provider_id: int) -> dict[int, Match]:
    """The offer of a provider that is most like each service; those without one are missing.

    Only offers of the same type that are listed now and not held.
    """
    index = _Index(provider_id)
    found = {service.pk: index.best(service) for service in services}
    return {pk: match for pk, match in found.items() if match is not None}


def planned(
    deed: SourceDeed, offers: Mapping[int, int | None], *, provider_id: int
) -> dict[int, list[Line]]:
    """The sources that ``deed`` gives to services; ``offers`` are those found, by service.

    A service that has no source at ``provider_id`` (but for ADD) is left out, and so is one
    that nothing changes for.
    """
    here = set(
        Source.objects.filter(service__in=offers, offer__provider_id=provider_id).values_list(
            "service_id", "offer_id"
        )
    )
    plans = {}
    for service_id, lines in _lines_of(offers).items():
        own = {offer_id for pk, offer_id in here if pk == service_id}
        plan = _planned(deed, lines, own, offers[service_id])
        if plan != lines:
            plans[service_id] = plan
    return plans


def _planned(
    deed: SourceDeed, lines: Sequence[Line], own: set[int], found: int | None
) -> list[Line]:
    match deed:
        case SourceDeed.ADD:
            plan = [*lines, Line(found)] if found is not None else [*lines]
        case SourceDeed.REPLACE:
            plan = [
                Line(found, line.is_active) if found is not None and line.offer_id in own else line
                for line in lines
            ]
        case _:
            is_on = deed == SourceDeed.ON
            plan = [Line(i, is_on) if i in own else Line(i, active) for i, active in lines]
    return list({line.offer_id: line for line in reversed(plan)}.values())[::-1]


def _lines_of(service_ids: Iterable[int]) -> dict[int, list[Line]]:
    lines: dict[int, list[Line]] = {service_id: [] for service_id in service_ids}
    rows = Source.objects.filter(service__in=list(lines)).order_by("service_id", "rank")
    for service_id, offer_id, is_active in rows.values_list("service_id", "offer_id", "is_active"):
        lines[service_id].append(Line(offer_id, is_active))
    return lines


class _Index:
    """The offers of a provider by the words of their names."""

    def __init__(self, provider_id: int) -> None:
        listed = Offer.objects.filter(provider_id=provider_id, is_gone=False, held="")
        self._offers = {offer.pk: offer for offer in listed.defer("description")}
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for offer in self._offers.values():
            for word in _words(offer.name, offer.category):
                self._by_word[word].append(offer.pk)

    def best(self, service: Service) -> Match | None:
        """The most alike one of the service's type, if it is like it at all."""
        text = f"{service.name} {service.category.name}".casefold()
        matches = [
            Match(offer, likeness_percent(text, f"{offer.name} {offer.category}".casefold()))
            for offer in self._near(service)
        ]
        best = max(matches, key=lambda match: (match.percent, -match.offer.pk), default=None)
        return best if best is not None and best.percent >= LIKE_LEAST_PERCENT else None

    def _near(self, service: Service) -> list[Offer]:
        shared: dict[int, float] = defaultdict(float)
        for word in _words(service.name, service.category.name):
            bearers = self._by_word.get(word, ())
            if len(bearers) <= COMMON_WORD:
                for pk in bearers:
                    shared[pk] += 1 / len(bearers)
        same = [pk for pk in shared if self._is_of(pk, service.type)]
        nearest = heapq.nlargest(COMPARED_OFFERS, same, key=lambda pk: (shared[pk], -pk))
        return [self._offers[pk] for pk in nearest]

    def _is_of(self, offer_id: int, type_: str) -> bool:
        offered = find_type(self._offers[offer_id].type)
        return offered is not None and offered.title == type_


def _words(*texts: str) -> set[str]:
    joined = " ".join(texts).casefold()
    return set("".join(c if c.isalnum() else " " for c in joined).split())
