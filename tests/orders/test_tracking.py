"""What provider answers do to orders, over real HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from orders import closing, tracking
from orders.lifecycle import Status
from orders.models import Order, OrderEvent, PollBucket
from orders.models.buckets import enlist
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import make
from tests.orders.following import (
    Upstream,
    balance,
    seen,
    timeline,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
BREAK_OFF = """
    CREATE TRIGGER break_off BEFORE INSERT ON orders_orderevent FOR EACH ROW
    WHEN (NEW.kind = 'canceled') EXECUTE FUNCTION orders_refuse('broken', 'Broken off.')
"""


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box)


def test_an_order_is_followed_from_processing_to_completed(upstream):
    order = upstream.order(quantity=1000)
    upstream.box.advance(300)
    upstream.poll()
    assert seen(order).status == Status.IN_PROGRESS
    assert order.remains < 1000
    assert order.start_count is not None

    upstream.box.advance(10_000)
    upstream.poll()

    assert (seen(order).status, order.remains, order.refunded) == (Status.COMPLETED, 0, 0)
    assert order.closed_at == upstream.now


def test_partial_delivery_refunds_the_undelivered_share(upstream):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Partial", remains="250", charge="0.00001")

    upstream.poll()

    assert (seen(order).status, order.refunded) == (Status.PARTIAL, Decimal("0.3"))
    assert balance(order) == Decimal("99.1")


def test_remains_of_a_drip_feed_are_units_of_all_its_runs(upstream):
    service = upstream.service(listed_dripfeed=True)
    order = upstream.order(service=service, quantity=100, runs=5, interval=10)
    upstream.report(order, status="Partial", remains="450", runs="1", orders=["7", "8"])

    upstream.poll()

    assert (seen(order).refunded, order.served) == (Decimal("0.54"), 1)


def test_a_canceled_order_gives_everything_back_whatever_was_delivered(upstream):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Canceled", remains="400")

    upstream.poll()

    assert (seen(order).status, order.refunded) == (Status.CANCELED, Decimal("1.2"))
    assert balance(order) == Decimal(100)


def test_an_unchanged_order_costs_no_write(upstream, django_assert_max_num_queries):
    order = upstream.order()
    upstream.report(order, status="Processing", start_count="5", remains="1000")
    upstream.poll()
    written = OrderEvent.objects.count()
    Order.objects.filter(pk=order.pk).update(tries=7)

    with django_assert_max_num_queries(40) as made:
        cycle = upstream.poll()

    assert (cycle.asked, cycle.changed) == (1, 0)
    assert OrderEvent.objects.count() == written
    assert not any('UPDATE "orders_order"' in q["sql"] for q in made.captured_queries)
    assert not any("UPDATE orders_order " in q["sql"] for q in made.captured_queries)


def test_the_answer_stands_on_the_timeline_when_something_changed(upstream):
    order = upstream.order()
    upstream.report(order, status="In progress", remains="600", note="raw words")

    upstream.poll()

    (answer,) = timeline(order, "answer")
    assert '"note":"raw words"' in answer


def test_c1_the_same_end_reported_twice_gives_money_back_once(upstream):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Partial", remains="250")

    upstream.poll_times(3)

    assert seen(order).refunded == Decimal("0.3")
    assert order.entries.filter(kind="refund").count() == 1


def test_c2_an_end_whose_recording_broke_off_is_repeated_by_the_next_poll(upstream):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Canceled")
    with connection.cursor() as cursor:
        # The last write of an end fails, as a lost connection would make it.
        cursor.execute(BREAK_OFF)
    with pytest.raises(IntegrityError):
        upstream.poll()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER break_off ON orders_orderevent")
    assert (seen(order).status, order.refunded) == (Status.PROCESSING, 0)

    upstream.poll()

    assert (seen(order).status, order.refunded) == (Status.CANCELED, Decimal("1.2"))


def test_an_order_closed_by_staff_meanwhile_is_left_alone(upstream):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="In progress", remains="100")
    closing.close(order.pk, Status.CANCELED, now=make.NOW, actor="Ada")

    upstream.poll()

    assert (seen(order).status, order.refunded) == (Status.CANCELED, Decimal("1.2"))
    assert order.bucket_id is None


def test_an_accepted_order_in_no_bucket_is_found_and_asked_for(upstream):
    order = upstream.order()
    PollBucket.objects.all().delete()
    assert seen(order).bucket_id is None
    assert tracking.due_providers(make.NOW) == [upstream.provider.pk]
    upstream.report(order, status="Completed")

    upstream.poll(after=MINUTE)
    upstream.poll(after=2 * MINUTE)

    assert seen(order).status == Status.COMPLETED


def test_a_provider_that_is_down_is_asked_again_soon_and_its_circuit_opens(upstream):
    order = upstream.order()
    upstream.box.fault("http", 500, action="status")

    for _ in range(6):
        upstream.poll(after=2 * MINUTE)

    provider = Provider.objects.get(pk=upstream.provider.pk)
    assert provider.failures >= 5
    assert provider.circuit_open_until is not None
    assert (seen(order).status, order.misses) == (Status.PROCESSING, 0)
    upstream.box.clear()
    upstream.report(order, status="Completed")
    upstream.poll(after=timedelta(hours=1))
    assert seen(order).status == Status.COMPLETED


def test_a_provider_that_was_switched_off_is_still_asked_about_its_orders(upstream):
    order = upstream.order()
    Provider.objects.update(is_active=False, paused_until=make.NOW + timedelta(days=9))
    upstream.report(order, status="Completed")

    upstream.poll()

    assert seen(order).status == Status.COMPLETED


def test_a_provider_without_due_buckets_is_not_asked(upstream):
    upstream.order()

    assert tracking.due_providers(make.NOW) == []
    assert not tracking.poll_due(upstream.provider.pk, now=make.NOW)
    assert upstream.box.calls("status") == 0


def test_the_backlog_counts_due_orders_and_names_the_oldest(upstream):
    upstream.orders(3)
    due_at = PollBucket.objects.get().due_at

    waiting = tracking.backlog(make.NOW + 5 * MINUTE)

    assert (waiting.rows, waiting.oldest_due_at) == (3, due_at)
    assert tracking.backlog(make.NOW).rows == 0


def test_enlisting_again_while_watched_brings_nothing_back_to_the_fast_lane(upstream):
    order = upstream.order()
    upstream.report(order, status="Completed")
    upstream.poll()
    enlist(upstream.provider.pk, [order.pk], now=upstream.now)

    upstream.poll()

    assert seen(order).status == Status.COMPLETED
    assert order.bucket is None or order.bucket.is_watch
