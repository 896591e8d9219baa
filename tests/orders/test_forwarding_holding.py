"""Orders that are held: their cost outgrew the charge, nobody can deliver, or staff want it so."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders import forwarding
from orders.lifecycle import Status
from orders.models import Source
from providers.models import Offer, Provider
from providers.sandbox import Sandbox
from tests.orders.upstream import fresh, open_reviews, second_source, sent_links, trade

pytestmark = pytest.mark.django_db


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


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
    second = second_source(upstream)
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
    second = second_source(upstream)
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
