"""A provider says no: about the order, about our account, or because we ask too fast."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders import forwarding
from orders.lifecycle import Status
from orders.models import Customer, Order, OrderEvent
from providers import health
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import make
from tests.orders.upstream import attempts, fresh, open_reviews, trade

pytestmark = pytest.mark.django_db


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


def test_b8_too_many_requests_is_not_sent_waits_as_asked_and_slows_down(box):
    upstream = trade(box)
    order = upstream.placed()
    slow = {"status": 429, "headers": {"Retry-After": "120"}, "body": "slow down"}
    box.fault("http", slow, action="add", accepts=False, times=1)
    pace = forwarding.sending.pace_of(upstream.provider)

    upstream.forward()

    assert (fresh(order).status, fresh(order).refunded) == (Status.PENDING, 0)
    assert pace.rate_per_s == upstream.provider.rate_per_s / 2
    assert not upstream.forward(after_s=100)
    assert box.calls("add") == 1
    upstream.forward(after_s=125)
    assert fresh(order).status == Status.PROCESSING
    assert pace.rate_per_s > upstream.provider.rate_per_s / 2


def test_b8_after_the_first_429_the_round_ends(box):
    upstream = trade(box, concurrency=2)
    for _ in range(20):
        upstream.placed()
    box.fault("http", {"status": 429, "body": ""}, action="add", accepts=False)

    done = upstream.forward()

    assert done.is_stopped
    assert box.calls("add") <= 4
    assert Order.objects.filter(status=Status.PENDING).count() == 20


def test_b9_a_definite_refusal_ends_the_order_and_gives_everything_back(box):
    upstream = trade(box)
    buyer = make.customer(balance="10")
    order = upstream.placed(customer=buyer)
    box.fault("refuse", "Bad link", action="add")

    upstream.forward()

    order = fresh(order)
    assert (order.status, order.refunded) == (Status.CANCELED, order.charge)
    assert Customer.objects.get(pk=buyer.pk).balance == 10
    assert attempts(order) == ["refused"]
    assert "Bad link" in OrderEvent.objects.get(order=order, kind="canceled").text
    assert box.calls("add") == 1


@pytest.mark.parametrize("words", ["Not enough funds on balance", "Invalid API key"])
def test_b9_a_refusal_that_is_about_our_account_pauses_the_provider_and_keeps_orders(box, words):
    upstream = trade(box)
    first, second = upstream.placed(), upstream.placed()
    box.fault("refuse", words, action="add", times=2)

    upstream.forward()

    assert {fresh(first).status, fresh(second).status} == {Status.PENDING}
    assert fresh(first).refunded == 0
    provider = Provider.objects.get()
    assert provider.paused_until
    assert provider.paused_until > timezone.now() + timedelta(minutes=5)
    assert provider.pause_reason == words
    assert not upstream.forward(after_s=60)


@pytest.mark.parametrize("words", ["Not enough funds on balance", "Invalid API key"])
def test_b9_an_order_that_is_refused_while_others_are_taken_stops_only_itself(box, words):
    upstream = trade(box)
    order = upstream.placed()
    box.fault("refuse", words, action="add", times=1)
    upstream.forward()
    health.resume(upstream.provider.pk)
    Order.objects.update(due_at=timezone.now() + timedelta(hours=2))
    upstream.placed()
    upstream.forward()
    box.fault("refuse", words, action="add", times=1)

    upstream.forward(after_s=8_000)

    assert Provider.objects.get().paused_until is None
    assert (fresh(order).status, open_reviews(order)) == (Status.PENDING, {"refused"})
    assert upstream.forward(after_s=9_000).counts == {"accepted": 1}
    assert open_reviews(order) == set()


def test_b9_what_a_refusal_repeats_of_the_link_does_not_pause_the_provider(box):
    upstream = trade(box)
    link = "https://example.com/not-enough-funds/invalid_api_key"
    order = upstream.placed(link=link)
    box.fault("refuse", f"Bad link {link}", action="add")

    upstream.forward()

    assert Provider.objects.get().paused_until is None
    assert (fresh(order).status, fresh(order).refunded) == (Status.CANCELED, order.charge)


def test_b9_a_link_that_is_taken_is_waited_for_a_bounded_number_of_times(box):
    upstream = trade(box)
    order = upstream.placed()
    box.fault("refuse", "You have active order with this link", action="add")

    upstream.forward()
    assert fresh(order).status == Status.PENDING
    assert not upstream.forward(after_s=500)
    for _ in range(forwarding.refusing.LINK_TRIES_MAX + 5):
        Order.objects.filter(pk=order.pk, status=Status.PENDING).update(due_at=timezone.now())
        upstream.forward(after_s=1)

    assert fresh(order).status == Status.CANCELED
    assert box.calls("add") == forwarding.refusing.LINK_TRIES_MAX


def test_b9_a_link_that_is_taken_after_an_unknown_attempt_is_evidence_of_acceptance(box):
    upstream = trade(box)
    order = upstream.placed()
    box.fault("html200", action="add", times=1)
    upstream.forward()
    Order.objects.filter(pk=order.pk).update(status=Status.PENDING, due_at=timezone.now())
    box.fault("refuse", "You have active order with this link", action="add")

    upstream.forward(after_s=1)

    assert attempts(order) == ["silent", "refused"]
    assert (fresh(order).status, fresh(order).refunded) == (Status.UNCONFIRMED, 0)


def test_b19_an_empty_account_holds_the_queue_and_one_order_tries_after_the_pause(box):
    upstream = trade(box)
    for _ in range(10):
        upstream.placed()
    box.fault("refuse", "Not enough funds on balance", action="add")
    upstream.forward()
    calls = box.calls("add")

    assert upstream.forward(after_s=700).claimed == 1
    assert box.calls("add") == calls + 1
    assert Order.objects.filter(status=Status.PENDING).count() == 10

    box.clear()
    health.resume(upstream.provider.pk)
    upstream.forward(after_s=700)
    assert Order.objects.filter(status=Status.PROCESSING).count() == 10


def test_b22_a_wrong_key_refuses_no_order(box):
    upstream = trade(box)
    order = upstream.placed()
    Provider.objects.filter(pk=upstream.provider.pk).update(api_key="rotated meanwhile")

    upstream.forward()

    assert (fresh(order).status, fresh(order).refunded) == (Status.PENDING, 0)
    assert Provider.objects.get().paused_until is not None
