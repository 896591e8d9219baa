"""Reports of every shape: words, missing ids, errors, numbers that are none, silence for months."""

from datetime import timedelta
from decimal import Decimal

import pytest

from orders import tracking
from orders.lifecycle import Status
from orders.models import Order, PollBucket, Review, StatusWord
from providers.sandbox import Sandbox
from tests import make
from tests.orders.following import (
    Upstream,
    reasons,
    seen,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box)


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
