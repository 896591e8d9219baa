"""Orders of a provider share buckets of a hundred: one request asks for a whole bucket."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from orders.lifecycle import Status
from orders.models import Order, PollBucket
from orders.models.buckets import enlist
from tests import make

pytestmark = pytest.mark.django_db


def at_provider(provider, number):
    """``number`` accepted orders that are in no bucket yet."""
    service = make.service(offers=[make.offer(provider)])
    buyer = make.customer(balance="10000")
    ids = [make.placed(customer=buyer, service=service).pk for _ in range(number)]
    for order_id in ids:
        Order.objects.filter(pk=order_id).update(
            status=Status.PROCESSING, upstream_id=f"u{order_id}", due_at=None
        )
    return ids


def sizes():
    """How many orders each bucket really holds, fullest first."""
    return sorted(
        (Order.objects.filter(bucket=bucket).count() for bucket in PollBucket.objects.all()),
        reverse=True,
    )


def test_a_hundred_orders_share_a_bucket_and_the_next_opens_another():
    provider = make.provider()
    ids = at_provider(provider, 103)

    enlist(provider.pk, ids, now=make.NOW)

    assert sizes() == [100, 3]
    assert sorted(PollBucket.objects.values_list("filled", flat=True)) == [3, 100]


def test_room_in_a_bucket_is_used_before_a_new_one_is_opened():
    provider = make.provider()
    ids = at_provider(provider, 8)

    enlist(provider.pk, ids[:3], now=make.NOW)
    enlist(provider.pk, ids[3:], now=make.NOW)

    assert sizes() == [8]


def test_an_order_enlisted_twice_is_in_one_bucket_and_counted_once():
    provider = make.provider()
    ids = at_provider(provider, 2)

    enlist(provider.pk, ids, now=make.NOW)
    enlist(provider.pk, ids, now=make.NOW)

    assert PollBucket.objects.get().filled == 2


def test_a_fresh_order_makes_a_sleepy_bucket_due_within_about_a_minute():
    provider = make.provider()
    late = make.NOW + timedelta(hours=2)
    PollBucket.objects.create(provider=provider, due_at=late, interval=timedelta(hours=2), filled=1)

    enlist(provider.pk, at_provider(provider, 1), now=make.NOW)

    bucket = PollBucket.objects.get()
    assert timedelta(seconds=50) < bucket.due_at - make.NOW < timedelta(seconds=70)
    assert bucket.interval == timedelta(minutes=1)


def test_ended_orders_move_to_a_watch_bucket_that_is_polled_rarely():
    provider = make.provider()
    ids = at_provider(provider, 1)
    enlist(provider.pk, ids, now=make.NOW)

    enlist(provider.pk, ids, now=make.NOW, is_watch=True)

    bucket = PollBucket.objects.get(order=ids[0])
    assert bucket.is_watch
    assert bucket.due_at - make.NOW > timedelta(hours=1)


def test_orders_of_another_provider_or_without_an_upstream_id_are_left_alone():
    provider, other = make.provider(), make.provider()
    (foreign,) = at_provider(other, 1)
    waiting = make.placed(service=make.service(offers=[make.offer(provider)]))

    enlist(provider.pk, [foreign, waiting.pk], now=make.NOW)

    assert not PollBucket.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_hands_filling_at_once_neither_wait_nor_overfill():
    provider = make.provider()
    ids = at_provider(provider, 120)
    enlist(provider.pk, ids[:60], now=make.NOW)
    first_filled, second_filled = threading.Event(), threading.Event()

    def first():
        with transaction.atomic():
            enlist(provider.pk, ids[60:90], now=make.NOW)
            first_filled.set()
            assert second_filled.wait(20)
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert first_filled.wait(20)
    enlist(provider.pk, ids[90:], now=make.NOW)
    second_filled.set()
    thread.join()

    assert sizes() == [90, 30]
    assert sorted(PollBucket.objects.values_list("filled", flat=True)) == [30, 90]
