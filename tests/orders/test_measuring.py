"""How long the latest orders of a service took, measured by a clock."""

from datetime import timedelta

import pytest

from orders import measuring
from orders.models import OrderEvent, ServiceTimes
from tests import make

pytestmark = pytest.mark.django_db
NOW = make.NOW


def minutes(number):
    return timedelta(minutes=number)


def delivered(service, buyer, *, started, took, status="completed", **raw):
    order = make.placed(customer=buyer, service=service, **raw)
    for kind, after in (("accepted", 0), ("in_progress", started), (status, took)):
        OrderEvent.objects.create(order=order, kind=kind, at=order.created_at + minutes(after))
    order.move_to(status, now=order.created_at + minutes(took))
    return order


def measured(service, *, now=NOW):
    measuring.measure_due(now=now)
    return ServiceTimes.objects.get(service=service)


def test_half_and_nine_of_ten_are_measured_for_start_and_finish():
    service, buyer = make.service(), make.customer()
    for number in range(1, 12):
        delivered(service, buyer, started=number, took=10 * number)

    times = measured(service)

    assert (times.start_median, times.start_most) == (minutes(6), minutes(10))
    assert (times.finish_median, times.finish_most) == (minutes(60), minutes(100))
    assert (times.completed, times.ended, times.share) == (11, 11, 100)


def test_only_completed_orders_count_for_the_finish_and_open_ones_for_no_share():
    service, buyer = make.service(), make.customer()
    delivered(service, buyer, started=1, took=20)
    delivered(service, buyer, started=1, took=500, status="partial")
    make.placed(customer=buyer, service=service)

    times = measured(service)

    assert times.finish_median == minutes(20)
    assert (times.completed, times.ended, times.share) == (1, 2, 50)


def test_portions_last_as_long_as_their_buyer_wants_and_are_not_measured():
    service, buyer = make.service(listed_dripfeed=True), make.customer()
    delivered(service, buyer, started=1, took=9_000, runs="5", interval="60", quantity="10")
    delivered(service, buyer, started=1, took=20)

    assert measured(service).finish_median == minutes(20)


def test_only_the_latest_orders_count(monkeypatch):
    monkeypatch.setattr(measuring, "WINDOW", 2)
    service, buyer = make.service(), make.customer()
    for took in (900, 10, 10):
        delivered(service, buyer, started=1, took=took)

    assert measured(service).finish_most == minutes(10)


def test_figures_are_fresh_for_a_while_and_the_oldest_come_first():
    buyer = make.customer()
    first, second = make.service(), make.service()
    for service in (first, second):
        delivered(service, buyer, started=1, took=10)

    assert measuring.measure_due(now=NOW, limit=1) == 1
    assert measuring.measure_due(now=NOW + minutes(0.5), limit=1) == 1
    assert set(ServiceTimes.objects.values_list("service", flat=True)) == {first.pk, second.pk}
    assert measuring.measure_due(now=NOW + minutes(0.6)) == 0
    delivered(first, buyer, started=1, took=30)
    assert measured(first, now=NOW + minutes(5)).completed == 2


def test_what_was_never_ordered_is_not_measured():
    make.service()

    assert measuring.measure_due(now=NOW) == 0
