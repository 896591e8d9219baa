"""Subscriptions: what was not served is given back, what is metered is charged as it is served."""

from decimal import Decimal

import pytest

from orders.lifecycle import Status
from providers.sandbox import Sandbox
from tests import make
from tests.orders.following import (
    SUBSCRIPTIONS,
    Upstream,
    balance,
    reasons,
    seen,
    timeline,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box)


def test_a_prepaid_subscription_gives_back_the_posts_that_were_not_served(upstream):
    service = upstream.service(SUBSCRIPTIONS, type="Subscriptions", rate="1")
    order = upstream.order(
        number=SUBSCRIPTIONS,
        service=service,
        username="ada",
        min=100,
        max=200,
        posts=8,
        old_posts=2,
        delay=0,
    )
    assert order.charge == Decimal(2)
    upstream.report(order, status="Active", posts="3")
    upstream.poll()
    assert (seen(order).status, order.served, order.refunded) == (Status.IN_PROGRESS, 3, 0)
    upstream.report(order, status="Paused", posts="3")
    upstream.poll()
    assert (seen(order).status, order.word) == (Status.PAUSED, "Paused")

    upstream.report(order, status="Expired", posts="6")
    upstream.poll()

    assert (seen(order).status, order.word) == (Status.EXPIRED, "Expired")
    assert order.refunded == Decimal("0.8")


@pytest.mark.parametrize("posts", [None, "some", "", "-1"])
def test_an_ended_subscription_without_usable_posts_moves_no_money(upstream, posts):
    service = upstream.service(SUBSCRIPTIONS, type="Subscriptions", rate="1")
    order = upstream.order(
        number=SUBSCRIPTIONS, service=service, username="a", min=9, max=9, posts=5, delay=0
    )
    upstream.report(order, status="Canceled", posts=posts)

    upstream.poll_times(3)

    assert (seen(order).status, order.refunded) == (Status.PROCESSING, 0)
    assert reasons(order) == ["remains"]


def metered(upstream, *, funds, **columns):
    service = upstream.service(SUBSCRIPTIONS, type="Subscriptions", rate="1", **columns)
    buyer = make.customer(balance=funds)
    return upstream.order(
        number=SUBSCRIPTIONS,
        service=service,
        customer=buyer,
        username="ada",
        min=100,
        max=200,
        delay=0,
    )


def test_a_metered_subscription_is_charged_for_each_served_post_once(upstream):
    order = metered(upstream, funds="5")
    upstream.report(order, status="Active", posts="3")
    upstream.poll_times(2)
    assert (seen(order).metered, balance(order)) == (Decimal("0.6"), Decimal("4.4"))

    upstream.report(order, status="Active", posts="2")
    upstream.poll()
    upstream.report(order, status="Completed", posts="5")
    upstream.poll_times(2)

    assert (seen(order).status, order.metered, order.refunded) == (
        Status.COMPLETED,
        Decimal(1),
        0,
    )
    assert balance(order) == Decimal(4)


def test_a_metered_subscription_is_canceled_upstream_when_the_next_post_is_not_covered(upstream):
    order = metered(upstream, funds="0.5")
    upstream.report(order, status="Active", posts="4")

    upstream.poll_times(2)

    assert (seen(order).metered, balance(order)) == (Decimal("0.4"), Decimal("0.1"))
    assert order.cancels.get().status == "requested"
    assert len(timeline(order, "out_of_funds")) == 1

    upstream.report(order, status="Canceled", posts="4")
    upstream.poll()
    assert (seen(order).status, reasons(order)) == (Status.CANCELED, ["unpaid"])
    assert order.cancels.get().status == "done"
    assert balance(order) == Decimal("0.1")


def test_what_a_metered_subscription_owes_is_charged_after_a_top_up(upstream):
    order = metered(upstream, funds="0.5")
    upstream.report(order, status="Active", posts="4")
    upstream.poll()
    make.top_up(order.customer, "9")

    upstream.poll()

    assert seen(order).metered == Decimal("0.8")


def test_an_absurd_number_of_served_posts_charges_nothing(upstream):
    order = metered(upstream, funds="50")
    upstream.report(order, status="Active", posts="4000")

    upstream.poll()

    assert (seen(order).metered, balance(order)) == (0, Decimal(50))
    assert reasons(order) == ["remains"]
