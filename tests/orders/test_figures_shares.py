"""Who brought how much: the greatest first, all others together, and nobody left out."""

from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders import figures
from orders.figures.spans import spans_of
from orders.models import Part
from orders.money import ZERO
from tests import make

pytestmark = pytest.mark.django_db


def today():
    return figures.last_days(1, now=timezone.now())


def sold(*rates):
    """A service for each rate, ordered once."""
    services = [make.service(rate=rate) for rate in rates]
    for service in services:
        make.placed(service=service)
    return [service.pk for service in services]


def test_the_greatest_come_first_and_the_others_are_told_together():
    low, high, middle = sold("1", "3", "2")

    shares = figures.share(Part.SERVICE, today(), sort="revenue", limit=2)

    assert [(row.subject, row.revenue) for row in shares.rows] == [
        (high, Decimal(3)),
        (middle, Decimal(2)),
    ]
    assert (shares.others_count, shares.others.orders, shares.others.revenue) == (1, 1, Decimal(1))
    assert (shares.total.orders, shares.total.revenue) == (3, Decimal(6))
    assert low not in [row.subject for row in shares.rows]


def test_the_least_come_first_where_that_is_asked_for():
    low, high, middle = sold("1", "3", "2")

    shares = figures.share(Part.SERVICE, today(), sort="profit", is_rising=True, limit=9)

    assert [row.subject for row in shares.rows] == [low, middle, high]
    assert (shares.others_count, shares.others.orders, shares.others.revenue) == (0, 0, ZERO)


@pytest.mark.parametrize("sort", figures.SORTS)
def test_each_column_can_be_sorted_by(sort):
    sold("1", "2")

    assert len(figures.share(Part.CUSTOMER, today(), sort=sort, limit=5).rows) == 2


def test_what_staff_deliver_by_hand_is_told_beside_the_providers():
    provider = make.provider()
    make.placed(service=make.service(offers=[make.offer(provider)]))
    make.placed(service=make.service(rate="9"))

    shares = figures.share(Part.PROVIDER, today(), limit=5)

    assert [row.subject for row in shares.rows] == [0, provider.pk]


def test_money_that_is_not_of_orders_is_told_of_customers_alone():
    customer = make.customer(balance="25")

    assert figures.share(Part.SERVICE, today(), limit=5).rows == []
    assert figures.share(Part.PROVIDER, today(), limit=5).rows == []
    (row,) = figures.share(Part.CUSTOMER, today(), sort="paid_in", limit=5).rows
    assert (row.subject, row.paid_in) == (customer.pk, Decimal(25))


def test_nothing_was_sold_on_days_that_are_to_come():
    sold("1")
    tomorrow = timezone.now().astimezone(UTC).date() + timedelta(days=1)

    shares = figures.share(Part.SERVICE, figures.Period(tomorrow, tomorrow), limit=5)

    assert (shares.rows, shares.others_count, shares.total) == ([], 0, figures.Figures())


@pytest.mark.parametrize(
    ("first", "last", "spans"),
    [
        ((2026, 1, 1), (2026, 1, 31), [("month", 1, 1, 1, 31)]),
        ((2026, 1, 1), (2026, 1, 30), [("day", 1, 1, 1, 30)]),
        ((2026, 1, 2), (2026, 1, 31), [("day", 1, 2, 1, 31)]),
        ((2026, 1, 31), (2026, 2, 1), [("day", 1, 31, 2, 1)]),
        (
            (2026, 1, 31),
            (2026, 4, 1),
            [("month", 2, 1, 3, 31), ("day", 1, 31, 1, 31), ("day", 4, 1, 4, 1)],
        ),
        ((2026, 2, 1), (2026, 3, 5), [("month", 2, 1, 2, 28), ("day", 3, 1, 3, 5)]),
    ],
)
def test_whole_months_are_read_as_months_and_the_rest_as_days(first, last, spans):
    period = figures.Period(date(*first), date(*last))

    found = spans_of(period)

    told = [(span, a.month, a.day, b.month, b.day) for span, a, b in found]
    assert sorted(told) == sorted(spans)
    every = [a + timedelta(days=n) for _, a, b in found for n in range((b - a).days + 1)]
    assert sorted(every) == [period.first + timedelta(days=n) for n in range(period.days)]
