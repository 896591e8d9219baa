"""What provider answers do to orders, over real HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from orders import closing, tracking
from orders.lifecycle import Status
from orders.models import Order, OrderEvent, PollBucket, Review, StatusWord
from orders.models.buckets import enlist
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import make
from tests.orders.following import (
    PACKAGE,
    SUBSCRIPTIONS,
    Upstream,
    balance,
    reasons,
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


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Cancelled", Status.CANCELED),
        ("CANCELED ", Status.CANCELED),
        ("Refunded", Status.CANCELED),
        ("partially_completed", Status.PARTIAL),
        ("complete", Status.COMPLETED),
        ("inprogress", Status.IN_PROGRESS),
        ("Awaiting", Status.PROCESSING),
    ],
)
def test_c10_words_are_read_in_every_spelling(upstream, word, status):
    order = upstream.order()
    upstream.report(order, status=word, remains="10")

    upstream.poll()

    assert seen(order).status == status


@pytest.mark.parametrize("word", ["Fail", "error", "Rejected"])
def test_c10_a_word_for_failure_moves_no_money_and_goes_to_a_person(upstream, word):
    order = upstream.order()
    upstream.report(order, status=word)

    upstream.poll_times(2)

    assert (seen(order).status, order.refunded) == (Status.PROCESSING, 0)
    assert reasons(order) == ["failed"]


def test_c10_an_unknown_word_is_asked_about_once_and_counted(upstream):
    orders = upstream.orders(3)
    for order in orders:
        upstream.report(order, status="Zamówione")

    upstream.poll_times(2)

    assert [order.status for order in map(seen, orders)] == [Status.PROCESSING] * 3
    assert Review.objects.filter(reason="word").count() == 1
    word = StatusWord.objects.get()
    assert (word.word, word.seen) == ("Zamówione", 6)


def test_c11_missing_ids_are_counted_asked_singly_and_never_refunded(upstream):
    lost, found = upstream.orders(2)
    other = make.placed(service=upstream.service())
    Order.objects.filter(pk=lost.pk).update(upstream_id="999999999")
    Order.objects.filter(pk=other.pk).update(status=Status.PROCESSING, upstream_id="not-there")
    upstream.box.fault("missing_ids", action="status")

    upstream.poll_times(3)
    assert (seen(lost).misses, reasons(lost)) == (3, [])
    calls = upstream.box.calls("status")
    upstream.poll()
    assert upstream.box.calls("status") - calls > 1
    upstream.poll_times(6)

    assert seen(lost).misses == 10
    assert reasons(lost) == ["missing"]
    assert (lost.status, lost.refunded) == (Status.PROCESSING, 0)
    upstream.box.clear()
    upstream.poll()
    assert seen(found).misses == 0


def test_c12_an_error_for_one_id_touches_only_that_order(upstream):
    order, neighbour = upstream.orders(2, quantity=1000)
    upstream.report(order, instead={"error": "Incorrect order ID"})
    upstream.report(neighbour, status="Completed")

    upstream.poll()
    assert seen(neighbour).status == Status.COMPLETED
    assert (seen(order).status, order.misses) == (Status.PROCESSING, 1)
    upstream.poll_times(9)

    assert (seen(order).status, order.refunded) == (Status.PROCESSING, 0)
    assert reasons(order) == ["missing"]
    assert Review.objects.get(order=order).evidence == "Incorrect order ID"


@pytest.mark.parametrize(
    "answer", [{"error": "Too busy"}, [], {}, None, "nothing", {"status": "error", "msg": "No"}]
)
def test_c13_an_answer_that_is_none_changes_nothing(upstream, answer):
    order, neighbour = upstream.orders(2)
    upstream.box.fault("json", answer, action="status")

    upstream.poll()

    assert (seen(order).status, order.refunded) == (Status.PROCESSING, 0)
    assert seen(neighbour).status == Status.PROCESSING
    assert PollBucket.objects.get().claimed_until is None


def test_c13_the_status_of_an_order_that_was_not_asked_for_is_dropped(upstream):
    order = upstream.order()
    stranger = make.placed(service=make.service(offers=[make.offer(make.provider())]))
    Order.objects.filter(pk=stranger.pk).update(status=Status.PROCESSING, upstream_id="777")
    upstream.box.fault(
        "json",
        {order.upstream_id: {"status": "In progress"}, "777": {"status": "Canceled"}},
        action="status",
        times=1,
    )

    tracking.poll_due(upstream.provider.pk, now=make.NOW + 2 * MINUTE)

    assert seen(order).status == Status.IN_PROGRESS
    assert (seen(stranger).status, stranger.refunded) == (Status.PROCESSING, 0)


def test_c13_an_id_is_matched_with_its_provider(upstream):
    order = upstream.order()
    other = make.provider()
    service = make.service(offers=[make.offer(other)])
    twin = make.placed(service=service)
    Order.objects.filter(pk=twin.pk).update(
        status=Status.PROCESSING, upstream_id=order.upstream_id, bucket=seen(order).bucket_id
    )
    upstream.report(order, status="Canceled")

    upstream.poll()

    assert seen(order).status == Status.CANCELED
    assert (seen(twin).status, twin.refunded) == (Status.PROCESSING, 0)


@pytest.mark.parametrize(
    "charge", ["0,27819", "12345678901234567890", None, "-3", [1], "1.123456789"]
)
def test_c14_the_providers_charge_never_touches_the_customers_money(upstream, charge):
    order = upstream.order(quantity=1000)
    upstream.report(order, status="Partial", remains="500", charge=charge, currency="XXX")

    assert upstream.poll().currencies == {"XXX"}

    assert (seen(order).refunded, order.charge) == (Decimal("0.6"), Decimal("1.2"))


@pytest.mark.parametrize("count", ["about 5", 10**40, -1, None, "3572", True])
def test_c15_a_start_count_of_any_kind_stops_nothing(upstream, count):
    order = upstream.order()
    upstream.report(order, status="In progress", start_count=count)

    upstream.poll()

    assert (seen(order).status, order.start_count) == (
        Status.IN_PROGRESS,
        3572 if count == "3572" else None,
    )


def test_c20_an_order_that_stays_open_for_ninety_days_goes_to_a_person(upstream):
    order = upstream.order()
    upstream.report(order, status="In progress")

    upstream.poll(after=timedelta(days=89))
    assert reasons(order) == []
    upstream.poll(after=timedelta(days=2))
    calls = upstream.box.calls("status")
    upstream.poll(after=timedelta(days=2))

    assert reasons(order) == ["too_old"]
    assert seen(order).bucket_id is None
    assert upstream.box.calls("status") == calls
    assert tracking.due_providers(upstream.now) == []


def test_c21_a_hundred_cancellations_at_once_are_held_and_released_by_one_click(upstream):
    orders = upstream.orders(100, quantity=1000)
    for order in orders:
        upstream.report(order, status="Canceled")

    upstream.poll()

    assert Order.objects.filter(status=Status.CANCELED).count() == 0
    assert balance(orders[0]) == Decimal(100_000) - 100 * Decimal("1.2")
    assert Review.objects.filter(reason="brake", resolved_at=None).count() == 100
    assert tracking.is_on(upstream.provider.pk)
    upstream.poll()
    assert Order.objects.filter(status=Status.CANCELED).count() == 0

    tracking.release(upstream.provider.pk, actor="Ada", now=upstream.now)
    upstream.poll(after=MINUTE)

    assert Order.objects.filter(status=Status.CANCELED).count() == 100
    assert balance(orders[0]) == Decimal(100_000)
    assert not tracking.is_on(upstream.provider.pk)


def test_c21_dismissed_cancellations_are_forgotten_and_measured_anew(upstream):
    orders = upstream.orders(30)
    for order in orders:
        upstream.report(order, status="Canceled")
    upstream.poll()

    tracking.dismiss(upstream.provider.pk, actor="Ada", now=upstream.now)
    assert not tracking.is_on(upstream.provider.pk)
    upstream.poll()

    assert tracking.is_on(upstream.provider.pk)
    assert Order.objects.filter(status=Status.CANCELED).count() == 0


def test_c21_a_usual_share_of_cancellations_passes(upstream):
    orders = upstream.orders(100)
    for order in orders[:25]:
        upstream.report(order, status="Canceled")

    upstream.poll()

    assert Order.objects.filter(status=Status.CANCELED).count() == 25


@pytest.mark.parametrize(("remains", "is_held"), [("1000", True), ("900", True), ("899", False)])
def test_c21_partial_with_nearly_everything_left_is_held_like_canceled(upstream, remains, is_held):
    for order in upstream.orders(30, quantity=1000):
        upstream.report(order, status="Partial", remains=remains)

    upstream.poll()

    assert tracking.is_on(upstream.provider.pk) == is_held
    assert Order.objects.filter(status=Status.PARTIAL).count() == (0 if is_held else 30)


def test_c21_a_trickle_of_empty_partials_within_the_hour_is_held_too(upstream):
    for _ in range(5):
        for order in upstream.orders(15, quantity=1000):
            upstream.report(order, status="Partial", remains="1000")
        upstream.poll(after=2 * MINUTE)

    assert Order.objects.filter(status=Status.PARTIAL).count() == 45
    assert tracking.is_on(upstream.provider.pk)


def test_c21_a_trickle_of_cancellations_within_the_hour_is_held_too(upstream):
    for _ in range(5):
        for order in upstream.orders(15):
            upstream.report(order, status="Canceled")
        upstream.poll(after=2 * MINUTE)

    assert Order.objects.filter(status=Status.CANCELED).count() == 45
    assert tracking.is_on(upstream.provider.pk)


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
