"""What stands on the shelves: services for sale, found by words, at the rates of their reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet

from orders import pricing
from orders.models import Customer, CustomerRate, Service, ServiceTimes

PAGE_SIZE = 50
WORDS_MAX = 8
WORD_LENGTH_MAX = 60


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the price list."""

    service: Service
    rate: Decimal
    measured: ServiceTimes | None
    opens_category: bool

    @property
    def is_cheaper(self) -> bool:
        return self.rate < self.service.rate


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of the list; ``next`` is the id to go on after, None at the end."""

    lines: list[Listed]
    next: int | None


def for_sale() -> QuerySet[Service]:
    """Every service that can be ordered, in the order of the price list."""
    return (
        Service.objects.filter(is_active=True, unavailable="", category__is_active=True)
        .select_related("category")
        .order_by("category__position", "category_id", "position", "id")
    )


def shelf(
    *, words: str = "", category_id: int | None = None, after: int | None = None,
    customer: Customer | None = None,
) -> Shelf:  # fmt: skip
    """A page of services that match every word of ``words``, after the service ``after``."""
    found = _matching(for_sale(), words)
    if category_id is not None:
        found = found.filter(category_id=category_id)
    last = for_sale().filter(pk=after).first() if after else None
    if last:
        found = found.filter(_behind(last))
    services = list(found[: PAGE_SIZE + 1])
    lines = _lines(services[:PAGE_SIZE], last, customer)
    return Shelf(lines, services[PAGE_SIZE - 1].pk if services[PAGE_SIZE:] else None)


def samples(count: int, *, customer: Customer | None = None) -> list[Listed]:
    """The first service of each of the first ``count`` categories."""
    firsts = for_sale().distinct("category__position", "category_id")[:count]
    return _lines(list(firsts), None, customer)


def rate_for(service: Service, customer: Customer | None) -> Decimal:
    """What this reader pays for 1000 (or for one package)."""
    return _rates([service], customer)[service.pk]


def listed(services: list[Service], customer: Customer | None) -> list[Listed]:
    """Any services as lines of the list, at the reader's rates."""
    return _lines(services, None, customer)


def measured(service_ids: Sequence[int]) -> dict[int, ServiceTimes]:
    """How the latest orders of each service went, in one query."""
    return ServiceTimes.objects.in_bulk(list(service_ids))


def _matching(services: QuerySet[Service], words: str) -> QuerySet[Service]:
    for word in words.replace("\0", " ").split()[:WORDS_MAX]:
        text = word[:WORD_LENGTH_MAX]
        match = Q(name__icontains=text) | Q(category__name__icontains=text)
        if text.isascii() and text.isdigit():
            match |= Q(pk=int(text[:18]))
        services = services.filter(match)
    return services


def _behind(last: Service) -> Q:
    """Everything after ``last`` in the order of the price list."""
    steps = (
        ("category__position", last.category.position),
        ("category_id", last.category_id),
        ("position", last.position),
        ("id", last.pk),
    )
    behind, same = Q(), Q()
    for column, value in steps:
        behind |= same & Q(**{f"{column}__gt": value})
        same &= Q(**{column: value})
    return behind


def _lines(
    services: list[Service], last: Service | None, customer: Customer | None
) -> list[Listed]:
    rates = _rates(services, customer)
    figures = measured([service.pk for service in services])
    lines, category_id = [], last.category_id if last else None
    for service in services:
        opens = service.category_id != category_id
        category_id = service.category_id
        lines.append(Listed(service, rates[service.pk], figures.get(service.pk), opens))
    return lines


def _rates(services: Sequence[Service], customer: Customer | None) -> dict[int, Decimal]:
    if customer is None:
        return {service.pk: service.rate for service in services}
    own = dict(
        CustomerRate.objects.filter(customer=customer, service__in=services).values_list(
            "service_id", "rate"
        )
    )
    return {
        service.pk: pricing.customer_rate(
            service.rate, discount=customer.discount, own=own.get(service.pk)
        )
        for service in services
    }
