"""Paid orders go to their provider, at most once: the way of an order that nothing disturbs."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from orders import forwarding
from orders.lifecycle import Status
from orders.models import Attempt, Order, OrderEvent, PollBucket
from orders.order_types import ORDER_TYPES
from providers import health
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import make
from tests.orders.races import together
from tests.orders.upstream import attempts, fresh, sent_links, trade

pytestmark = pytest.mark.django_db
race = pytest.mark.django_db(transaction=True)


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


def test_a_due_order_is_accepted_named_followed_and_told(box):
    upstream = trade(box)
    order = upstream.placed()

    done = upstream.forward()

    order = fresh(order)
    (received,) = box.orders()
    assert (done.claimed, done.counts) == (1, {"accepted": 1})
    assert (order.status, order.upstream_id) == (Status.PROCESSING, str(received["order"]))
    assert (order.due_at, order.claimed_until) == (None, None)
    assert PollBucket.objects.get().pk == order.bucket_id
    assert attempts(order) == ["accepted"]
    assert OrderEvent.objects.filter(order=order, kind="accepted").count() == 1


def test_the_key_is_never_written_down(box):
    upstream = trade(box)
    order = upstream.placed()
    box.fault("json", {"error": f"Unknown thing {box.key}"}, times=1)
    upstream.forward()

    attempt = Attempt.objects.get(order=order)
    texts = [attempt.answer, str(attempt.request), Provider.objects.get().last_error]
    texts += OrderEvent.objects.filter(order=order).values_list("text", flat=True)
    assert "Unknown thing" in attempt.answer
    assert not [text for text in texts if box.key in text]


def test_a5_an_order_leaves_by_its_row_alone_without_any_message(box):
    upstream = trade(box)
    order = upstream.placed()
    now = timezone.now()

    waiting = forwarding.backlog(now)
    assert forwarding.due_providers(now) == [upstream.provider.pk]
    assert (waiting.rows, waiting.oldest_due_at) == (1, order.due_at)
    upstream.forward()

    assert forwarding.due_providers(timezone.now()) == []
    assert forwarding.backlog(timezone.now()).rows == 0
    assert len(box.orders()) == 1


def test_drip_feed_forwards_the_quantity_of_one_run(box):
    upstream = trade(box)
    upstream.placed(quantity=100, runs=5, interval=10)

    upstream.forward()

    sent = box.orders()[0]["params"]
    assert (sent["quantity"], sent["runs"], sent["interval"]) == ("100", "5", "10")


INPUTS = {
    "Package": {"quantity": ""},
    "SEO": {"keywords": "a\nb"},
    "Custom Comments": {"quantity": "", "comments": "\n".join("abcdefghijklm")},
    "Mentions": {"usernames": "a\nb"},
    "Mentions with Hashtags": {"usernames": "a\nb", "hashtags": "c\nd"},
    "Mentions Custom List": {"quantity": "", "usernames": "\n".join("abcdefghijklm")},
    "Mentions Hashtag": {"hashtag": "a"},
    "Mentions User Followers": {"username": "https://example.com/a"},
    "Mentions Media Likers": {"media": "https://example.com/a"},
    "Subscriptions": {
        "quantity": "",
        "link": "",
        "username": "ann",
        "min": "100",
        "max": "200",
        "posts": "3",
        "delay": "0",
    },
    "Custom Comments Package": {"quantity": "", "comments": "one\ntwo"},
    "Poll": {"answer_number": "2"},
    "Invites from Groups": {"groups": "a\nb"},
    "Comment Likes": {"username": "ann"},
    "Comment Replies": {"quantity": "", "username": "a", "comments": "\n".join("abcdefghijklm")},
    "Web Traffic": {"country": "DE", "device": "1", "type_of_traffic": "3"},
    "Custom Data": {"custom_data": "blue"},
}


@pytest.mark.parametrize("type", ORDER_TYPES)
def test_every_type_is_sent_with_its_own_parameters(box, type):
    listed = next(one for one in box.provider.catalogue.services.values() if one.type == type)
    provider = make.provider(url=box.url, api_key=box.key)
    offer = make.offer(
        provider, upstream_id=str(listed.id), type=type, cost=listed.rate, max=1_000_000
    )
    service = make.service(
        type=type, rate="1000", offers=[offer], listed_min=1, listed_max=listed.max
    )
    buyer = make.customer(balance="2000000")
    order = make.placed(customer=buyer, service=service, now=timezone.now(), **INPUTS.get(type, {}))

    forwarding.forward_due(provider.pk, now=timezone.now())

    assert box.orders()[0]["params"] == {"service": str(listed.id), **order.inputs}
    assert fresh(order).status == Status.PROCESSING


def test_the_oldest_go_first_and_the_rest_stays_due(box):
    upstream = trade(box, concurrency=1)  # of two calls at once either may arrive first
    orders = [upstream.placed() for _ in range(3)]

    upstream.forward(limit=2)

    assert sent_links(box) == [order.link for order in orders[:2]]
    assert fresh(orders[2]).status == Status.PENDING


def test_no_more_than_the_limit_is_taken_when_the_database_believes_that_there_are_no_orders(box):
    upstream = trade(box, concurrency=1)
    with transaction.atomic():
        upstream.placed()
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order")  # a page, and nothing alive on it
    orders = [upstream.placed() for _ in range(6)]

    upstream.forward(limit=2)

    assert sent_links(box) == [order.link for order in orders[:2]]


def test_a_manual_service_and_an_order_not_due_are_left_alone(box):
    upstream = trade(box)
    manual, later = make.placed(), upstream.placed()
    Order.objects.filter(pk=later.pk).update(due_at=timezone.now() + timedelta(hours=1))

    assert not upstream.forward()

    assert box.calls("add") == 0
    assert {fresh(manual).status, fresh(later).status} == {Status.PENDING}


@pytest.mark.parametrize("reason", ["paused", "open", "inactive"])
def test_a_provider_that_may_not_be_called_is_left_alone(box, reason):
    upstream = trade(box)
    upstream.placed()
    later = timezone.now() + timedelta(minutes=1)
    columns: dict[str, dict[str, Any]] = {
        "paused": {"paused_until": later},
        "open": {"circuit_open_until": later},
        "inactive": {"is_active": False},
    }
    Provider.objects.update(**columns[reason])

    assert forwarding.due_providers(timezone.now()) == []
    assert not upstream.forward()
    assert box.calls("add") == 0


def test_not_faster_than_the_provider_allows(box):
    upstream = trade(box, rate_per_s=20, concurrency=8)
    for _ in range(10):
        upstream.placed()
    began = timezone.now()

    upstream.forward()

    assert len(box.orders()) == 10
    assert timezone.now() - began > timedelta(seconds=7 / 20)


def test_not_more_at_once_than_the_provider_allows(box):
    upstream = trade(box, concurrency=2)
    for _ in range(6):
        upstream.placed()
    box.fault("latency_ms", 100, action="add")
    began = timezone.now()

    upstream.forward()

    assert len(box.orders()) == 6
    assert timezone.now() - began > timedelta(milliseconds=300)


def test_orders_that_look_alike_go_one_after_another_where_gaps_are_probed(box):
    upstream = trade(box, concurrency=8, gap_probe=True)
    for _ in range(3):
        upstream.placed(quantity=100)
    upstream.placed(quantity=200)
    box.fault("latency_ms", 100, action="add")

    upstream.forward()

    calls = list(Attempt.objects.filter(request__quantity="100").order_by("opened_at"))
    assert len(calls) == 3
    assert all(a.closed_at and a.closed_at <= b.opened_at for a, b in itertools.pairwise(calls))


@race
def test_b16_many_rounds_at_once_send_each_order_once(box):
    upstream = trade(box)
    for _ in range(40):
        upstream.placed()
    box.fault("latency_ms", 20, action="add")

    rounds = together([upstream.forward] * 8)

    assert sum(one.claimed for one in rounds) == 40
    assert len(sent_links(box)) == len(set(sent_links(box))) == 40
    assert set(Order.objects.values_list("status", flat=True)) == {Status.PROCESSING}


@race
def test_b16_two_claims_at_once_never_hold_the_same_order(box):
    upstream = trade(box)
    for _ in range(30):
        upstream.placed()
    now = timezone.now()

    from_all = together(
        [lambda: forwarding.claiming.claim(upstream.provider, limit=10, now=now)] * 5
    )

    ids = [claim.order.pk for claims in from_all for claim in claims]
    assert len(ids) == len(set(ids)) == 30


def test_b16_a_claim_opens_one_attempt_however_often_it_is_tried(box):
    upstream = trade(box)
    order = upstream.placed()
    claims = forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())
    wanted = [(claims[0], {"service": "1"})]

    first = forwarding.claiming.open_attempts(upstream.provider, wanted)
    again = forwarding.claiming.open_attempts(upstream.provider, wanted)

    assert list(first) == [order.pk]
    assert again == {}
    assert attempts(order) == ["open"]


def test_b16_the_database_refuses_a_second_open_attempt(box):
    upstream = trade(box)
    order = upstream.placed()
    (claim,) = forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_attempt (order_id, action, provider_id, outcome, request, answer,"
            " lease_until) VALUES (%s, 'add', %s, 'open', '{}', '', now())",
            [order.pk, upstream.provider.pk],
        )

    assert forwarding.claiming.open_attempts(upstream.provider, [(claim, {})]) == {}
    assert attempts(order) == ["open"]


def test_b23_a_provider_with_orders_cannot_be_deleted(box):
    upstream = trade(box)
    upstream.placed()

    with pytest.raises(ProtectedError):
        upstream.provider.delete()


def test_an_accepted_order_closes_a_pause_that_is_over(box):
    upstream = trade(box)
    first, second = upstream.placed(), upstream.placed()
    health.pause(upstream.provider.pk, until=timezone.now() + timedelta(minutes=10), reason="empty")

    done = upstream.forward(after_s=601)

    assert done.claimed == 1, "after a pause one order is tried first"
    assert fresh(first).status == Status.PROCESSING
    assert fresh(second).status == Status.PENDING
    assert upstream.forward().claimed == 1
    assert Provider.objects.get().pause_reason == ""
