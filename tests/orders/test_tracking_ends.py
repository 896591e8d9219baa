"""Ends that providers report, take back, or tell in another way: what happens to the money."""

from datetime import timedelta
from decimal import Decimal

import pytest

from orders.lifecycle import Status
from orders.models import PollBucket
from providers.models import Provider
from providers.sandbox import Sandbox
from tests.orders.following import (
    PACKAGE,
    Upstream,
    reasons,
    seen,
    timeline,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box)


def test_c3_partial_then_completed_takes_nothing_back_and_asks_a_person(upstream):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Partial", remains="250")
    upstream.poll()
    upstream.report(order, status="Completed", remains="0")

    upstream.poll_times(2)

    assert (seen(order).status, order.refunded) == (Status.PARTIAL, Decimal("0.3"))
    assert reasons(order) == ["contradiction"]


def test_c3_partial_with_other_remains_moves_no_money_and_asks_a_person(upstream):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Partial", remains="250")
    upstream.poll()
    upstream.report(order, status="Partial", remains="900")

    upstream.poll()

    assert (seen(order).remains, order.refunded) == (250, Decimal("0.3"))
    assert reasons(order) == ["contradiction"]


@pytest.mark.parametrize(
    ("reply", "status", "refunded"),
    [
        ({"status": "Partial", "remains": "500"}, Status.PARTIAL, Decimal("0.6")),
        ({"status": "Canceled"}, Status.CANCELED, Decimal("1.2")),
    ],
)
def test_c4_a_completion_is_taken_back_days_later_once(upstream, reply, status, refunded):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Completed", remains="0")
    upstream.poll()
    assert seen(order).status == Status.COMPLETED

    upstream.report(order, **reply)
    upstream.poll(after=timedelta(days=9))
    upstream.poll()

    assert (seen(order).status, order.refunded) == (status, refunded)
    assert order.entries.filter(kind="refund").count() == 1


def test_c4_completed_orders_are_no_longer_asked_for_when_the_window_is_over(upstream):
    order = upstream.order(service=upstream.service(refill_days=10), quantity=1000)
    upstream.report(order, status="Completed")
    upstream.poll()
    upstream.report(order, status="Canceled")

    upstream.poll(after=timedelta(days=11))

    assert (seen(order).status, order.bucket_id) == (Status.COMPLETED, None)
    assert not PollBucket.objects.exists()


def test_c5_progress_never_goes_back_for_the_customer(upstream):
    order = upstream.order()
    upstream.report(order, status="In progress", remains="800")
    upstream.poll()
    upstream.report(order, status="Pending", remains="800")

    upstream.poll_times(2)

    assert seen(order).status == Status.IN_PROGRESS
    assert len([a for a in timeline(order, "answer") if "Pending" in a]) == 1


def test_c5_completed_then_open_again_moves_nothing_and_asks_after_two_sightings(upstream):
    order = upstream.order()
    upstream.report(order, status="Completed")
    upstream.poll()
    upstream.report(order, status="In progress")

    upstream.poll(after=timedelta(hours=3))
    assert reasons(order) == []
    PollBucket.objects.update(due_at=upstream.now)
    upstream.poll(after=5 * MINUTE)
    assert reasons(order) == []
    PollBucket.objects.update(due_at=upstream.now)
    upstream.poll(after=6 * MINUTE)

    assert reasons(order) == ["contradiction"]
    assert (seen(order).status, order.refunded) == (Status.COMPLETED, 0)


@pytest.mark.parametrize(
    "remains",
    ["1001", 10**17, "-5", "", None, "12.7", "1e3", "NaN", "1,000", True, [1], "Unknown", {"a": 1}],
)
def test_c6_c7_unusable_remains_move_no_money_and_go_to_a_person(upstream, remains):
    order, neighbour = upstream.orders(2, quantity=1000)
    upstream.report(order, status="Partial", remains=remains)
    upstream.report(neighbour, status="Partial", remains=100)

    upstream.poll()

    assert (seen(neighbour).status, neighbour.refunded) == (Status.PARTIAL, Decimal("0.12"))
    assert (seen(order).status, order.refunded, reasons(order)) == (Status.PROCESSING, 0, [])
    upstream.poll_times(2)
    assert (seen(order).status, order.refunded) == (Status.PROCESSING, 0)
    assert reasons(order) == ["remains"]

    upstream.report(order, status="Partial", remains="500")
    upstream.poll()
    assert (seen(order).status, order.refunded) == (Status.PARTIAL, Decimal("0.6"))


def test_c8_partial_with_nothing_left_refunds_nothing_and_is_flagged(upstream):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Partial", remains="0")

    upstream.poll()

    assert (seen(order).status, order.refunded) == (Status.PARTIAL, 0)
    assert reasons(order) == ["remains"]


def test_c8_partial_with_everything_left_refunds_the_whole_charge(upstream):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Partial", remains="1000")

    upstream.poll()

    assert (seen(order).status, order.refunded) == (Status.PARTIAL, order.charge)


def test_c8_a_package_that_comes_back_partial_goes_to_a_person(upstream):
    order = upstream.order(number=PACKAGE, service=upstream.service(PACKAGE, type="Package"))
    upstream.report(order, status="Partial", remains="1")

    upstream.poll()

    assert (seen(order).status, order.refunded) == (Status.PROCESSING, 0)
    assert reasons(order) == ["remains"]


def test_c9_a_provider_may_keep_what_it_delivered_of_a_canceled_order(upstream):
    Provider.objects.update(canceled_keeps_delivered=True)
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Canceled", remains="400")

    upstream.poll()

    assert (seen(order).status, order.refunded) == (Status.CANCELED, Decimal("0.48"))
