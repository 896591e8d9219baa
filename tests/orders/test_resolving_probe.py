"""The id-gap probe: one orphan is adopted, a clean gap is sent again, all else is left (B3, B4)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders import resolving
from orders.lifecycle import Status
from orders.models import Attempt, Order, OrderEvent
from orders.resolving import gaps
from providers import health
from providers.models import Provider
from providers.sandbox import Sandbox
from providers.sandbox.service import AccountSpec
from tests.orders.upstream import age, fresh, sent_links, trade

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
OTHER = "another-account-of-the-provider"


@pytest.fixture
def box():
    with Sandbox(accounts=[AccountSpec("the-panels-own-key"), AccountSpec(OTHER)]) as box:
        yield box


@pytest.fixture
def upstream(box):
    upstream = trade(box, gap_probe=True)
    _sent(upstream, 3)
    return upstream


def _sent(upstream, number):
    """Orders that are accepted one after the other."""
    orders = []
    for _ in range(number):
        orders.append(upstream.placed())
        upstream.forward()
    return orders


def _lost(upstream, fault="drop_after", **raw):
    order = upstream.placed(**raw)
    upstream.box.fault(fault, action="add", times=1)
    upstream.forward()
    health.resume(upstream.provider.pk)
    return order


def _strangers(box, number):
    """Orders of other customers of the provider, between ours."""
    asked = {"key": OTHER, "action": "add", "service": "1", "quantity": "5"}
    for one in range(number):
        box.provider.respond({**asked, "link": f"https://example.com/of-others/{one}"})


def _probe(upstream):
    return resolving.probe_gaps(upstream.provider.pk, now=timezone.now())


def _settled(upstream, *orders):
    """All that was sent until now is an hour old, and one more order follows it."""
    for order in Order.objects.all():
        age(order, HOUR)
    _sent(upstream, 1)


def _id_of(box, order):
    return next(str(o["order"]) for o in box.orders() if o["params"]["link"] == order.link)


def test_b2_the_one_orphan_with_the_expected_charge_is_adopted(box, upstream):
    _strangers(box, 5)
    order = _lost(upstream)
    _strangers(box, 5)
    _sent(upstream, 1)

    assert _probe(upstream) == resolving.Probe(adopted=1)

    assert (fresh(order).status, fresh(order).upstream_id) == (
        *(Status.PROCESSING, _id_of(box, order)),
    )
    assert fresh(order).bucket_id is not None


def test_b3_a_clean_gap_after_the_grace_time_and_a_second_look_is_sent_again(box, upstream):
    order = _lost(upstream, "drop_before")
    _sent(upstream, 1)
    assert _probe(upstream) == resolving.Probe(left=1)
    _settled(upstream)

    assert _probe(upstream) == resolving.Probe(left=1)
    assert _probe(upstream) == resolving.Probe(left=1), "not twice in one minute"
    assert fresh(order).status == Status.UNCONFIRMED
    _note_was_earlier(order)
    assert _probe(upstream) == resolving.Probe(released=1)
    upstream.forward(after_s=1)

    assert fresh(order).status == Status.PROCESSING
    assert sent_links(box).count(order.link) == 1


def _note_was_earlier(order):
    """Timelines are append-only: an earlier look is one more line."""
    at = timezone.now() - timedelta(minutes=5)
    OrderEvent.objects.create(order=order, kind="probed_clean", at=at)


def test_b4_within_the_grace_time_nothing_is_concluded_from_silence(box, upstream):
    order = _lost(upstream, "drop_before")
    _note_was_earlier(order)
    _sent(upstream, 2)

    assert _probe(upstream) == resolving.Probe(left=1)

    assert fresh(order).status == Status.UNCONFIRMED


def test_b4_an_order_that_the_provider_accepts_late_is_found_and_not_sent_again(box, upstream):
    upstream.provider.timeout_s = 1
    upstream.provider.save(update_fields=["timeout_s"])
    order = upstream.placed()
    box.fault("late_accept", 1.5, action="add", times=1)
    upstream.forward()
    health.resume(upstream.provider.pk)
    assert fresh(order).status == Status.UNCONFIRMED
    _sent(upstream, 1)
    _until_accepted(box, order)
    _settled(upstream)

    assert _probe(upstream) == resolving.Probe(adopted=1)

    assert fresh(order).upstream_id == _id_of(box, order)
    assert sent_links(box).count(order.link) == 1


def _until_accepted(box, order):
    end = timezone.now() + timedelta(seconds=60)
    while order.link not in sent_links(box):
        assert timezone.now() < end
        box.provider.stopping.wait(0.02)


def test_two_unknown_orders_of_one_charge_are_left_to_a_person(box, upstream):
    first, second = _lost(upstream), _lost(upstream, "drop_before")
    _sent(upstream, 1)

    assert _probe(upstream) == resolving.Probe(left=2)

    assert {fresh(first).status, fresh(second).status} == {Status.UNCONFIRMED}


def test_a_lost_call_that_was_decided_otherwise_still_counts_as_a_rival(box, upstream):
    first, second = _lost(upstream), _lost(upstream, "drop_before")
    resolving.refund(first.pk, actor="ann", now=timezone.now())
    _sent(upstream, 1)

    assert _probe(upstream) == resolving.Probe(left=1)

    assert fresh(second).status == Status.UNCONFIRMED


def test_two_unknown_orders_of_different_charges_are_told_apart(box, upstream):
    first, second = _lost(upstream, quantity=100), _lost(upstream, quantity=700)
    _sent(upstream, 1)

    assert _probe(upstream) == resolving.Probe(adopted=2)

    assert fresh(first).upstream_id == _id_of(box, first)
    assert fresh(second).upstream_id == _id_of(box, second)


def test_an_orphan_of_another_charge_is_neither_adopted_nor_ignored(box, upstream):
    order = _lost(upstream, "drop_before")
    box.provider.respond(
        {
            "key": box.key,
            "action": "add",
            "service": upstream.offer.upstream_id,
            "link": "https://example.com/by-hand",
            "quantity": "77",
        }
    )
    _settled(upstream)
    _note_was_earlier(order)

    assert _probe(upstream) == resolving.Probe(left=1)

    assert fresh(order).status == Status.UNCONFIRMED


def test_without_a_later_order_nothing_is_concluded(box, upstream):
    order = _lost(upstream)

    assert _probe(upstream) == resolving.Probe(left=1)

    assert fresh(order).status == Status.UNCONFIRMED


def test_without_the_switch_nobody_probes(box, upstream):
    _lost(upstream)
    _sent(upstream, 1)
    assert resolving.due_providers(timezone.now()) == [upstream.provider.pk]
    Provider.objects.update(gap_probe=False)

    assert resolving.due_providers(timezone.now()) == []
    assert _probe(upstream) == resolving.Probe()
    assert box.calls("status") == 0


def test_while_a_call_is_under_way_nobody_probes(box, upstream):
    _lost(upstream)
    _sent(upstream, 1)
    other = upstream.placed()
    Attempt.objects.create(
        order=other, provider=upstream.provider, lease_until=timezone.now() + HOUR
    )

    assert _probe(upstream) == resolving.Probe()


@pytest.mark.parametrize("ids", [["a1", "a2", "a3"], ["90", "80", "70"]])
def test_ids_that_are_no_growing_numbers_tell_nothing(box, ids):
    upstream = trade(box, gap_probe=True)
    for one in ids:
        box.fault("reuse_id", one, action="add", times=1)
        _sent(upstream, 1)

    assert not gaps.ids_grow(upstream.provider.pk)
    _lost(upstream)
    _sent(upstream, 1)
    assert _probe(upstream) == resolving.Probe(left=1)


def test_a_gap_that_is_too_wide_is_left_to_a_person(box, upstream):
    _lost(upstream)
    _strangers(box, gaps.GAP_MAX)
    _sent(upstream, 1)

    assert _probe(upstream) == resolving.Probe(left=1)
    assert box.calls("status") == 0


@pytest.mark.parametrize(
    "answer", [{"error": "Incorrect order ID"}, {"error": "Invalid API key"}, "<html>", {}]
)
def test_an_answer_that_does_not_know_our_own_orders_proves_nothing(box, upstream, answer):
    order = _lost(upstream, "drop_before")
    _settled(upstream)
    _note_was_earlier(order)
    box.fault("json", answer, action="status")

    assert _probe(upstream) == resolving.Probe(left=1)

    assert fresh(order).status == Status.UNCONFIRMED


def test_an_id_that_the_answer_leaves_out_proves_nothing(box, upstream):
    order = _lost(upstream)
    _settled(upstream)
    _note_was_earlier(order)
    box.fault("missing_ids", [_id_of(box, order)], action="status")

    assert _probe(upstream) == resolving.Probe(left=1)

    assert fresh(order).status == Status.UNCONFIRMED


@pytest.mark.slow
def test_chaos_with_every_third_answer_lost_places_nothing_twice_and_adopts_nothing_wrong(box):
    upstream = trade(box, gap_probe=True, concurrency=8)
    _sent(upstream, 3)
    orders = [upstream.placed(quantity=quantity) for quantity in range(100, 700, 5)]
    for fault in ("drop_after", "drop_before", "html200"):
        box.fault(fault, action="add", probability=0.13)
    _forwarded(upstream)
    box.clear()
    lost = Attempt.objects.filter(outcome="silent").count()
    for _ in range(3):
        _settled(upstream)
        _probed(upstream)
        _forwarded(upstream)

    links = sent_links(box)
    assert len(links) == len(set(links))
    followed = [order for order in map(fresh, orders) if order.upstream_id is not None]
    assert [order.upstream_id for order in followed] == [_id_of(box, one) for one in followed]
    assert lost > 20
    assert Order.objects.filter(status=Status.UNCONFIRMED).count() < lost / 10


def _forwarded(upstream):
    """Rounds until nothing is due, however often the circuit opens."""
    for _ in range(200):
        health.resume(upstream.provider.pk)
        if not upstream.forward(after_s=600).claimed:
            return


def _probed(upstream):
    """Every unknown order is looked at twice or more, with some time between."""
    for _ in range(4):
        _probe(upstream)
        for order in Order.objects.filter(status=Status.UNCONFIRMED):
            _note_was_earlier(order)
