"""The price list as a reader sees it: what is for sale, found by words, at their own rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet

from orders import pricing
from orders.models import Customer, CustomerRate, Service

PAGE_SIZE = 50
WORDS_MAX = 8
WORD_LENGTH_MAX = 60
MEASURED_ORDERS = 100  # the latest ones of a service

_MEASURED = """
    SELECT s.id,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY o.closed_at - o.created_at)
               FILTER (WHERE o.status = 'completed'),
           percentile_cont(0.9) WITHIN GROUP (ORDER BY o.closed_at - o.created_at)
               FILTER (WHERE o.status = 'completed'),
           count(*) FILTER (WHERE o.status = 'completed'),
           count(*) FILTER (WHERE o.closed_at IS NOT NULL)
      FROM unnest(%s::bigint[]) AS s (id)
     CROSS JOIN LATERAL (
           SELECT status, created_at, closed_at FROM orders_order
            WHERE service_id = s.id ORDER BY id DESC LIMIT %s) AS o
     GROUP BY s.id
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the latest orders of a service showed; times are from placing to completion."""

    median: timedelta | None
    most: timedelta | None
    completed: int
    ended: int

    @property
    def share(self) -> int | None:
        """Percent of the ended orders that were completed."""
        return 100 * self.completed // self.ended if self.ended else None


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the price list."""

    service: Service
    rate: Decimal
    measured: Measured | None
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


def measured(service_ids: Sequence[int]) -> dict[int, Measured]:
    """How the latest orders of each service went, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_MEASURED, [list(service_ids), MEASURED_ORDERS])
        return {row[0]: Measured(*row[1:]) for row in cursor.fetchall()}


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
