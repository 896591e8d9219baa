"""A provider says no, or costs too much by now: waiting, the next source, or the end."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders import forwarding
from orders.lifecycle import Status
from orders.models import Customer, OpenLink, Order, OrderEvent, Source
from orders.placing import link_digest
from providers import health
from providers.models import Offer, Provider
from providers.sandbox import Sandbox
from tests import make
from tests.orders.upstream import attempts, fresh, open_reviews, sent_links, trade

pytestmark = pytest.mark.django_db


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


def _second_source(upstream, *, factor="1", **columns):
    """The same sandbox as another provider, and its offer as the second source."""
    listed = upstream.offer
    facts = {"upstream_id": listed.upstream_id, "cost": listed.cost * Decimal(factor)}
    provider = make.provider(url=upstream.box.url, api_key=upstream.box.key)
    offer = make.offer(provider, **{**facts, **columns})
    Source.objects.create(service=upstream.service, offer=offer, rank=2)
    return offer


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


def test_a_refusal_goes_to_the_next_source_and_its_cost_and_link_go_along(box):
    upstream = trade(box)
    order = upstream.placed()
    second = _second_source(upstream)
    box.fault("refuse", "Service is disabled", action="add", times=1)

    upstream.forward()
    order = fresh(order)
    assert (order.status, order.provider_id, order.offer_id) == (
        *(Status.PENDING, second.provider_id, second.pk),
    )
    assert OpenLink.objects.get(order=order).offer_id == second.pk
    assert order.cost_rate == second.cost
    forwarding.forward_due(second.provider_id, now=timezone.now())

    assert fresh(order).status == Status.PROCESSING
    assert sent_links(box) == [order.link]


def test_a_refusal_by_every_source_ends_the_order(box):
    upstream = trade(box)
    order = upstream.placed()
    second = _second_source(upstream)
    box.fault("refuse", "Service is disabled", action="add")

    upstream.forward()
    forwarding.forward_due(second.provider_id, now=timezone.now())

    assert fresh(order).status == Status.CANCELED
    assert box.calls("add") == 2


UNFIT = {
    "another type": {"type": "SEO"},
    "a limit below": {"max": 999},
    "a limit above": {"min": 1001},
    "gone": {"is_gone": True},
}


@pytest.mark.parametrize("columns", UNFIT.values(), ids=UNFIT)
def test_a_source_that_does_not_fit_is_no_next_source(box, columns):
    upstream = trade(box)
    order = upstream.placed()
    _second_source(upstream, **columns)
    box.fault("refuse", "Service is disabled", action="add")

    upstream.forward()

    assert fresh(order).status == Status.CANCELED


def test_a_service_that_wants_no_next_source_has_none(box):
    upstream = trade(box)
    upstream.service.use_next_source = False
    upstream.service.save(update_fields=["use_next_source"])
    order = upstream.placed()
    _second_source(upstream)
    box.fault("refuse", "Service is disabled", action="add")

    upstream.forward()

    assert fresh(order).status == Status.CANCELED


@pytest.mark.parametrize(("extra", "status"), [("9.9", Status.CANCELED), ("10", Status.PENDING)])
def test_a_next_source_may_be_dearer_by_so_much_and_no_more(box, extra, status):
    upstream = trade(box)
    upstream.service.extra_cost_percent = Decimal(extra)
    upstream.service.save(update_fields=["extra_cost_percent"])
    order = upstream.placed()
    _second_source(upstream, factor="1.1")
    box.fault("refuse", "Service is disabled", action="add")

    upstream.forward()

    assert fresh(order).status == status


def test_a_source_where_the_link_is_active_is_not_usable(box):
    upstream = trade(box)
    order = upstream.placed(link="https://example.com/same")
    second = _second_source(upstream)
    other = make.placed(service=make.service(offers=[second]), link="https://example.com/same")
    box.fault("refuse", "Service is disabled", action="add")

    upstream.forward()

    assert fresh(order).status == Status.CANCELED
    assert OpenLink.objects.get(digest=link_digest(order.link)).order_id == other.pk


def test_a13_an_order_that_costs_more_than_its_charge_is_held_and_shown(box):
    upstream = trade(box)
    order = upstream.placed()
    Offer.objects.update(cost=upstream.service.rate + Decimal("0.1"))

    done = upstream.forward()

    order = fresh(order)
    assert done.counts == {"held": 1}
    assert (order.status, order.hold, order.due_at) == (Status.PENDING, "margin", None)
    assert open_reviews(order) == {"margin"}
    assert box.calls("add") == 0


@pytest.mark.parametrize(("share", "calls"), [("50", 1), ("50.001", 0)])
def test_a13_the_share_that_must_remain_is_kept_to_the_digit(box, share, calls):
    upstream = trade(box)
    upstream.service.minimum_share_kept = Decimal(share)
    upstream.service.save(update_fields=["minimum_share_kept"])
    upstream.placed()

    upstream.forward()

    assert box.calls("add") == calls


def test_a13_a_new_exchange_rate_counts_as_well(box):
    upstream = trade(box)
    order = upstream.placed()
    Provider.objects.update(exchange_rate=Decimal("2.1"))

    upstream.forward()

    assert fresh(order).hold == "margin"


def test_a13_a_cheaper_source_is_taken_before_an_order_is_held(box):
    upstream = trade(box)
    order = upstream.placed()
    second = _second_source(upstream)
    Offer.objects.filter(pk=upstream.offer.pk).update(cost=upstream.service.rate * 2)

    upstream.forward()

    assert (fresh(order).offer_id, fresh(order).hold) == (second.pk, "")


def test_a_person_who_releases_a_held_order_accepts_its_cost_and_no_higher_one(box):
    upstream = trade(box)
    order = upstream.placed()
    Offer.objects.update(cost=upstream.service.rate * 2)
    upstream.forward()
    forwarding.release(order.pk, actor="ann", now=timezone.now())
    Offer.objects.update(cost=upstream.service.rate * 3)

    upstream.forward()
    assert fresh(order).hold == "margin"
    forwarding.release(order.pk, actor="ann", now=timezone.now())
    upstream.forward()

    assert fresh(order).status == Status.PROCESSING
    assert open_reviews(order) == set()
    with pytest.raises(forwarding.NotHeld):
        forwarding.release(order.pk, actor="ann", now=timezone.now())


def test_a_held_order_goes_by_itself_when_the_price_is_back(box):
    upstream = trade(box)
    order = upstream.placed()
    Offer.objects.update(cost=upstream.service.rate * 2)
    upstream.forward()
    assert forwarding.reconsider(now=timezone.now()) == 0
    Offer.objects.update(cost=upstream.offer.cost)

    assert forwarding.reconsider(now=timezone.now()) == 1
    upstream.forward()

    assert fresh(order).status == Status.PROCESSING
    assert open_reviews(order) == set()


@pytest.mark.parametrize("how", ["gone", "off", "removed"])
def test_an_order_without_a_usable_source_is_held_and_shown(box, how):
    upstream = trade(box)
    order = upstream.placed()
    if how == "gone":
        Offer.objects.update(is_gone=True)
    elif how == "off":
        Source.objects.update(is_active=False)
    else:
        Source.objects.all().delete()

    upstream.forward()

    assert (fresh(order).hold, open_reviews(order)) == ("source", {"source"})
    assert box.calls("add") == 0


def test_an_order_moves_on_when_its_provider_is_away_for_long(box):
    upstream = trade(box)
    order = upstream.placed()
    second = _second_source(upstream)
    now = timezone.now()
    Provider.objects.filter(pk=upstream.provider.pk).update(
        circuit_open_until=now + timedelta(hours=2)
    )

    assert forwarding.reconsider(now=now + timedelta(minutes=1)) == 0
    assert forwarding.reconsider(now=now + timedelta(minutes=6)) == 1

    assert fresh(order).offer_id == second.pk


def test_an_order_of_a_provider_that_was_switched_off_is_held_when_nobody_else_can(box):
    upstream = trade(box)
    order = upstream.placed()
    Provider.objects.update(is_active=False)

    forwarding.reconsider(now=timezone.now() + timedelta(minutes=6))

    assert (fresh(order).hold, open_reviews(order)) == ("source", {"source"})


def test_b21_staff_hold_only_what_waits(box):
    upstream = trade(box)
    waiting, sent = upstream.placed(), upstream.placed()
    forwarding.hold(waiting.pk, actor="ann")
    upstream.forward()

    assert fresh(waiting).hold == "staff"
    assert sent_links(box) == [sent.link]
    with pytest.raises(forwarding.NotHeld):
        forwarding.hold(sent.pk, actor="ann")
