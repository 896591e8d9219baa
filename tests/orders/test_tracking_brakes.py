"""Many cancellations at once pay nothing back before a person has looked at them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from orders import tracking
from orders.lifecycle import Status
from orders.models import Order, Review
from providers.sandbox import Sandbox
from tests.orders.following import (
    Upstream,
    balance,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box)


def test_c21_a_hundred_cancellations_at_once_are_held_and_released_by_one_click(upstream):
    orders = upstream.orders(100, quantity=1000)
    for order in orders:
        upstream.report(order, status="Canceled")

    upstream.poll()

    assert Order.objects.filter(status=Status.CANCELED).count() == 0
    assert balance(orders[0]) == Decimal(100_000) - 100 * Decimal("1.2")
    assert Review.objects.filter(reason="brake", resolved_at=None).count() == 100
    assert tracking.is_on(upstream.provider.pk)
    upstream.poll()
    assert Order.objects.filter(status=Status.CANCELED).count() == 0

    tracking.release(upstream.provider.pk, actor="Ada", now=upstream.now)
    upstream.poll(after=MINUTE)

    assert Order.objects.filter(status=Status.CANCELED).count() == 100
    assert balance(orders[0]) == Decimal(100_000)
    assert not tracking.is_on(upstream.provider.pk)


def test_c21_dismissed_cancellations_are_forgotten_and_measured_anew(upstream):
    orders = upstream.orders(30)
    for order in orders:
        upstream.report(order, status="Canceled")
    upstream.poll()

    tracking.dismiss(upstream.provider.pk, actor="Ada", now=upstream.now)
    assert not tracking.is_on(upstream.provider.pk)
    upstream.poll()

    assert tracking.is_on(upstream.provider.pk)
    assert Order.objects.filter(status=Status.CANCELED).count() == 0


def test_c21_a_usual_share_of_cancellations_passes(upstream):
    orders = upstream.orders(100)
    for order in orders[:25]:
        upstream.report(order, status="Canceled")

    upstream.poll()

    assert Order.objects.filter(status=Status.CANCELED).count() == 25


@pytest.mark.parametrize(("remains", "is_held"), [("1000", True), ("900", True), ("899", False)])
def test_c21_partial_with_nearly_everything_left_is_held_like_canceled(upstream, remains, is_held):
    for order in upstream.orders(30, quantity=1000):
        upstream.report(order, status="Partial", remains=remains)

    upstream.poll()

    assert tracking.is_on(upstream.provider.pk) == is_held
    assert Order.objects.filter(status=Status.PARTIAL).count() == (0 if is_held else 30)


def test_c21_a_trickle_of_empty_partials_within_the_hour_is_held_too(upstream):
    for _ in range(5):
        for order in upstream.orders(15, quantity=1000):
            upstream.report(order, status="Partial", remains="1000")
        upstream.poll(after=2 * MINUTE)

    assert Order.objects.filter(status=Status.PARTIAL).count() == 45
    assert tracking.is_on(upstream.provider.pk)


def test_c21_a_trickle_of_cancellations_within_the_hour_is_held_too(upstream):
    for _ in range(5):
        for order in upstream.orders(15):
            upstream.report(order, status="Canceled")
        upstream.poll(after=2 * MINUTE)

    assert Order.objects.filter(status=Status.CANCELED).count() == 45
    assert tracking.is_on(upstream.provider.pk)
