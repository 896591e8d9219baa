"""Buckets stay full, intervals follow age and activity, and a sweep needs n/100 requests."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from orders import tracking
from orders.lifecycle import Status
from orders.models import Order, PollBucket
from orders.models.buckets import enlist
from orders.tracking.followed import Followed
from orders.tracking.pacing import next_interval
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import make
from tests.orders.following import Upstream, seen

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box, concurrency=8, rate_per_s=1000)


def many(upstream, number):
    """``number`` orders with made-up upstream ids: the sandbox answers that it has none."""
    service, buyer = upstream.service(), make.customer(balance="100000")
    ids = [make.placed(customer=buyer, service=service).pk for _ in range(number)]
    Order.objects.filter(pk__in=ids).update(
        status=Status.PROCESSING,
        upstream_id=Concat(Value("x"), Cast(F("pk"), CharField())),
        due_at=None,
    )
    enlist(upstream.provider.pk, ids, now=make.NOW)
    return ids


def end(ids):
    """Orders that ended elsewhere: their places in the buckets are free."""
    Order.objects.filter(pk__in=ids).update(status=Status.CANCELED)


def age(order_age):
    return Followed(
        order_id=1,
        upstream_id="1",
        bucket_id=1,
        status="processing",
        type="Default",
        quantity=1,
        units=1,
        rate=Decimal(1),
        metered=Decimal(0),
        start_count=None,
        remains=None,
        served=None,
        misses=0,
        created_at=make.NOW - order_age,
        closed_at=None,
        watch_days=30,
    )


def test_a_sweep_asks_for_every_order_once_in_as_few_requests_as_can_be(upstream):
    many(upstream, 730)

    cycle = upstream.poll()

    assert (cycle.asked, cycle.calls, upstream.box.calls("status")) == (730, 8, 8)
    assert not upstream.poll(after=timedelta(0))


def test_sparse_buckets_are_packed_until_requests_are_few_again(upstream):
    ids = many(upstream, 900)
    end([order_id for place, order_id in enumerate(ids) if place % 100 >= 34])

    assert upstream.poll().asked == 306

    cycle = upstream.poll()
    assert (cycle.asked, cycle.calls) == (306, 4)
    assert PollBucket.objects.count() == 4
    assert sum(PollBucket.objects.values_list("filled", flat=True)) == 306


def test_a_due_bucket_takes_in_sparse_ones_that_are_not_due(upstream):
    first = many(upstream, 130)
    end(first[20:100])
    PollBucket.objects.update(due_at=make.NOW + HOUR)
    due, sleeping = PollBucket.objects.order_by("pk")
    PollBucket.objects.filter(pk=due.pk).update(due_at=make.NOW)

    cycle = tracking.poll_due(upstream.provider.pk, now=make.NOW)

    assert (cycle.asked, cycle.calls) == (50, 1)
    assert not PollBucket.objects.filter(pk=sleeping.pk).exists()
    assert PollBucket.objects.get(pk=due.pk).filled == 50


def test_no_order_is_lost_or_doubled_by_packing(upstream):
    ids = many(upstream, 450)
    end(ids[::3])
    alive = set(ids) - set(ids[::3])

    for _ in range(3):
        upstream.poll()

    assert set(Order.objects.exclude(bucket=None).values_list("pk", flat=True)) == alive
    assert PollBucket.objects.count() == 3


def test_a_crowd_beyond_one_round_is_polled_longest_due_first(upstream):
    many(upstream, 300)
    for hours, bucket in enumerate(PollBucket.objects.order_by("-pk")):
        PollBucket.objects.filter(pk=bucket.pk).update(due_at=make.NOW + hours * MINUTE)
    now = make.NOW + HOUR
    first = PollBucket.objects.earliest("due_at")

    tracking.poll_due(upstream.provider.pk, now=now, limit=1)

    assert PollBucket.objects.get(pk=first.pk).polled_at == now
    assert PollBucket.objects.filter(polled_at=None).count() == 2


def test_requests_run_in_parallel_within_the_providers_concurrency(upstream):
    many(upstream, 400)
    Provider.objects.update(concurrency=4)
    upstream.box.fault("latency_ms", 300, action="status")
    seen_at_once = upstream.box.provider

    cycle = upstream.poll()

    assert cycle.calls == 4
    assert seen_at_once.actions["status"] == 4


@pytest.mark.parametrize(
    ("order_age", "base"),
    [
        (timedelta(minutes=5), MINUTE),
        (timedelta(minutes=30), 2 * MINUTE),
        (timedelta(hours=5), 10 * MINUTE),
        (timedelta(days=3), 30 * MINUTE),
        (timedelta(days=30), 2 * HOUR),
    ],
)
def test_intervals_grow_with_age_stretch_in_silence_and_shorten_with_activity(order_age, base):
    orders = [age(order_age)] * 10

    def wait(last, changed):
        return next_interval(last, orders, changed=changed, is_watch=False, now=make.NOW)

    assert wait(base, 0) == base * 1.5
    assert wait(base * 1.9, 0) == base * 2
    assert wait(base, 10) == base / 2
    assert wait(base / 2, 10) == base / 2
    assert wait(base, 1) == base / 2
    assert wait(timedelta(days=9), 0) == base * 2


def test_a_bucket_is_as_young_as_its_youngest_order(upstream):
    orders = [age(timedelta(days=30)), age(timedelta(minutes=1))]

    wait = next_interval(MINUTE, orders, changed=0, is_watch=False, now=make.NOW)

    assert wait == MINUTE * 1.5


def test_the_next_turn_is_jittered_by_a_tenth(upstream):
    many(upstream, 700)

    upstream.poll(after=2 * MINUTE)

    waits = {bucket.due_at - upstream.now for bucket in PollBucket.objects.all()}
    assert len(waits) > 5
    assert all(timedelta(seconds=80) < wait < timedelta(seconds=100) for wait in waits)


def test_one_provider_that_is_down_does_not_delay_another(upstream):
    down = make.provider(url="http://127.0.0.1:1/api/v2")
    stuck = make.placed(service=make.service(offers=[make.offer(down)]))
    Order.objects.filter(pk=stuck.pk).update(status=Status.PROCESSING, upstream_id="1")
    enlist(down.pk, [stuck.pk], now=make.NOW)
    order = upstream.order()
    upstream.report(order, status="Completed")
    now = make.NOW + HOUR

    assert set(tracking.due_providers(now)) == {down.pk, upstream.provider.pk}
    assert tracking.poll_due(down.pk, now=now).failed == 1
    tracking.poll_due(upstream.provider.pk, now=now)

    assert seen(order).status == Status.COMPLETED
    assert seen(stuck).status == Status.PROCESSING


def test_after_three_failed_calls_the_rest_of_a_round_is_not_made(upstream):
    many(upstream, 600)
    Provider.objects.update(concurrency=1)
    upstream.box.fault("http", 503, action="status")

    tracking.poll_due(upstream.provider.pk, now=make.NOW + HOUR)

    assert upstream.box.calls("status") <= 4
    assert not PollBucket.objects.exclude(claimed_until=None).exists()


def test_b8_a_provider_that_wants_to_be_left_alone_for_long_is_asked_sooner(upstream):
    upstream.order()
    reply = {"status": 503, "headers": {"Retry-After": "99999999999"}}
    upstream.box.fault("http", reply, action="status")

    upstream.poll()

    wait = PollBucket.objects.get().due_at - upstream.now
    assert timedelta(minutes=8) < wait < timedelta(minutes=12)
