"""Following under races, and for whatever a provider says in whatever order."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from orders import cancelling, closing, refilling, tracking
from orders.lifecycle import ENDED, Status
from orders.models import Order, PollBucket
from orders.models.buckets import enlist
from orders.models.order import BUCKET_SIZE
from orders.money import product
from orders.tracking import asking
from orders.tracking.claiming import claim, members
from orders.tracking.judging import MISSES_FOR_SINGLE, judge
from orders.tracking.polling import _reschedule
from orders.tracking.recording import record
from providers import wire
from providers.sandbox import Sandbox
from tests import gates, make
from tests.orders import races
from tests.orders.following import Upstream, balance, seen

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
RACES = 200
AT_ONCE = 20


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box)


def test_c1_two_pollers_at_once_ask_for_each_bucket_once_and_pay_once(upstream):
    orders = upstream.orders(15, quantity=1000)
    for order in orders:
        upstream.report(order, status="Canceled")
    upstream.box.fault("latency_ms", 300, action="status")
    now = make.NOW + timedelta(hours=1)

    cycles = races.together([lambda: tracking.poll_due(upstream.provider.pk, now=now)] * 4)

    assert sorted(cycle.ended for cycle in cycles) == [0, 0, 0, 15]
    assert upstream.box.calls("status") == 1
    assert balance(orders[0]) == Decimal(100_000)


def test_c1_while_one_poller_waits_for_the_answer_another_leaves_its_bucket_alone(upstream):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Canceled")
    now = make.NOW + timedelta(hours=1)
    poll = partial(tracking.poll_due, upstream.provider.pk, now=now)

    with gates.held(upstream.box, "status") as gate:
        slow = races.beside(poll)
        gate.wait_for(1)
        assert not poll()

    assert slow.result(races.DEADLINE_S).ended == 1
    assert upstream.box.calls("status") == 1


def test_b18_one_round_at_a_time_keeps_a_slow_provider_from_taking_every_worker(upstream):
    upstream.orders(BUCKET_SIZE + 5)
    now = make.NOW + timedelta(hours=1)
    poll = partial(tracking.poll_due, upstream.provider.pk, now=now, limit=1)

    with gates.held(upstream.box, "status") as gate:
        slow = races.beside(poll)
        gate.wait_for(1)
        assert not poll()
        assert gate.calls == 1

    assert slow.result(races.DEADLINE_S).buckets == 1
    assert poll()


def test_b18_what_a_round_had_no_time_for_is_asked_first_in_the_next(upstream, monkeypatch):
    order = upstream.order()
    Order.objects.update(misses=MISSES_FOR_SINGLE)
    now = make.NOW + timedelta(hours=1)

    with monkeypatch.context() as late:
        late.setattr(asking, "ROUND_S", -1)
        cycle = tracking.poll_due(upstream.provider.pk, now=now)

    assert (cycle.calls, cycle.asked) == (0, 0)
    assert PollBucket.objects.get().due_at == now
    assert seen(order).misses == MISSES_FOR_SINGLE
    assert tracking.poll_due(upstream.provider.pk, now=now).asked == 1


def test_c1_a_bucket_whose_poller_died_is_taken_over_after_its_lease(upstream):
    order = upstream.order()
    lease = make.NOW + timedelta(minutes=30)
    PollBucket.objects.update(due_at=make.NOW, claimed_until=lease)
    upstream.report(order, status="Completed")

    assert not tracking.poll_due(upstream.provider.pk, now=lease - MINUTE)
    assert tracking.poll_due(upstream.provider.pk, now=lease).ended == 1

    assert seen(order).status == Status.COMPLETED


def test_c16_poll_staff_refund_and_cancel_meet_in_200_races(upstream):
    buyer = make.customer(balance="1000")
    for _ in range(RACES // AT_ONCE):
        orders = upstream.orders(AT_ONCE, customer=buyer, quantity=1000)
        Order.objects.filter(pk__in=[o.pk for o in orders]).update(served=None)
        # Few enough to look usual to the refund brake.
        for order in orders[: AT_ONCE - 1]:
            upstream.report(order, status="Partial", remains="1000")
        upstream.report(orders[-1], status="Canceled")
        ids = [order.pk for order in orders]

        def staff(ids=ids):
            for order_id in reversed(ids):
                closing.close_many(
                    [closing.Ending(order_id, Status.CANCELED)], now=make.NOW, actor="Ada"
                )

        def customer(ids=ids):
            for order_id in ids[::2]:
                try:
                    cancelling.request_cancel(order_id, customer_id=buyer.pk, now=make.NOW)
                except cancelling.NotCancelable:
                    continue

        outcomes = races.together([staff, customer, upstream.poll])
        assert not [one for one in outcomes if isinstance(one, Exception)]
        assert {seen(order).refunded for order in orders} == {Decimal("1.2")}
    buyer.refresh_from_db()
    assert buyer.balance == Decimal(1000)


def test_an_order_enlisted_while_its_bucket_is_polled_is_not_lost(upstream):
    first, second = upstream.orders(2)
    Order.objects.filter(pk=second.pk).update(bucket=None)
    PollBucket.objects.update(filled=1)
    upstream.report(first, status="Completed")
    upstream.report(second, status="Completed")
    now = make.NOW + timedelta(hours=1)

    claimed = claim(upstream.provider.pk, lease_until=now + MINUTE, limit=5, now=now)
    enlist(upstream.provider.pk, [second.pk], now=now)
    _reschedule([(one, 0, "") for one in claimed], now=now)
    upstream.poll(after=timedelta(days=1))

    assert {seen(first).status, seen(second).status} == {Status.COMPLETED}


def test_a_move_decided_on_what_was_read_before_never_undoes_a_later_end(upstream):
    order = upstream.order()
    (followed,) = members([seen(order).bucket_id or 0], upstream.provider.pk)
    raw = {order.upstream_id: {"status": "In progress", "remains": "3"}}
    said = wire.read_statuses(wire.Document(raw, noise=""), [order.upstream_id])
    closing.close(order.pk, Status.CANCELED, now=make.NOW, actor="Ada")

    record(upstream.provider, [judge(followed, said[order.upstream_id])], now=make.NOW)

    assert (seen(order).status, order.refunded) == (Status.CANCELED, order.charge)


def test_a_refill_and_a_cancel_of_one_order_do_not_meet_in_a_deadlock(upstream):
    for _ in range(10):
        order = upstream.order(quantity=1000)
        cancelling.request_cancel(order.pk, customer_id=order.customer_id, now=make.NOW)
        outcomes = races.together(
            [
                lambda: cancelling.forward_cancels(upstream.provider.pk, now=make.NOW + MINUTE),
                partial(closing.close, order.pk, Status.CANCELED, now=make.NOW),
                lambda: refilling.forward_refills(upstream.provider.pk, now=make.NOW + MINUTE),
            ]
        )
        assert not [one for one in outcomes if isinstance(one, Exception)]
        assert order.cancels.get().status == "done"


WORDS = st.sampled_from(
    [
        *("Pending", "Processing", "In progress", "Completed", "Partial", "Canceled"),
        *("Refunded", "Expired", "Paused", "Fail", "Nonsense", ""),
    ]
)
REMAINS = st.one_of(
    st.integers(-5, 1200), st.sampled_from(["", "12.7", "1e3", "NaN", None, True, "1,000", [1]])
)
SAID = st.one_of(
    st.fixed_dictionaries({"status": WORDS, "remains": REMAINS}),
    st.just({"error": "Incorrect order ID"}),
    st.just("gone"),
    st.none(),
)


class RandomWalks(TestCase):
    """Reports of any kind, in any order, any of them twice, some of them lost."""

    @settings(max_examples=60)
    @given(reports=st.lists(st.tuples(SAID, st.integers(1, 3)), max_size=10))
    def test_c3_the_ledger_follows_from_the_state_that_stands(self, reports):
        provider = make.provider()
        order = make.placed(service=make.service(offers=[make.offer(provider)]))
        Order.objects.filter(pk=order.pk).update(status="processing", upstream_id="5")
        enlist(provider.pk, [order.pk], now=make.NOW)
        ended: set[str] = set()
        for raw, times in reports:
            for _ in range(times):
                self._hear(provider, raw)
            order.refresh_from_db()
            assert not ended or order.status in ENDED
            ended |= {order.status} & ENDED
        shares = {str(Status.CANCELED): 1000, str(Status.PARTIAL): order.remains or 0}
        assert order.refunded == product(order.rate, shares.get(order.status, 0))
        assert order.customer.balance == Decimal(100) - order.charge + order.refunded

    def _hear(self, provider, raw):
        (order,) = Order.objects.all()
        if order.bucket_id is None:
            return
        (followed,) = members([order.bucket_id], provider.pk)
        said = wire.read_statuses(wire.Document({"5": raw, "6": {"status": ""}}, ""), ["5", "6"])
        record(provider, [judge(followed, said.get("5"))], now=make.NOW)
