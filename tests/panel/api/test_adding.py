"""``add``: every type, every error text that clients compare, and retries (API_V2 §1, §2, §4)."""

import json
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone, translation

from orders.models import Customer, Order
from orders.order_types import ORDER_TYPES
from tests import make

pytestmark = pytest.mark.django_db
DEADLINE_S = 30.0
LINK = "https://example.com/page"
SOON = f"{timezone.now() + timedelta(days=30):%d/%m/%Y}"

# What a client sends for each type, the units that are charged, and the rate's measure.
SENT: dict[str, tuple[dict[str, Any], int]] = {
    "Default": ({"link": LINK, "quantity": 100, "runs": 2, "interval": 30}, 200),
    "Package": ({"link": LINK}, 1000),
    "SEO": ({"link": LINK, "quantity": 100, "keywords": "one\r\ntwo"}, 100),
    "Custom Comments": ({"link": LINK, "comments": "one\r\n\r\ntwo\nthree"}, 3),
    "Mentions": ({"link": LINK, "quantity": 100, "usernames": "a\nb"}, 100),
    "Mentions with Hashtags": (
        {"link": LINK, "quantity": 100, "usernames": "a\nb", "hashtags": "#c"},
        100,
    ),
    "Mentions Custom List": ({"link": LINK, "usernames": "a\nb"}, 2),
    "Mentions Hashtag": ({"link": LINK, "quantity": 100, "hashtag": "#c"}, 100),
    "Mentions User Followers": ({"link": LINK, "quantity": 100, "username": LINK}, 100),
    "Mentions Media Likers": ({"link": LINK, "quantity": 100, "media": LINK}, 100),
    "Subscriptions": (
        {
            "username": "someone",
            "min": 10,
            "max": 50,
            "posts": 4,
            "old_posts": 1,
            "delay": 30,
            "expiry": SOON,
        },
        250,
    ),
    "Custom Comments Package": ({"link": LINK, "comments": "one\\ntwo"}, 1000),
    "Poll": ({"link": LINK, "quantity": 100, "answer_number": "7"}, 100),
    "Invites from Groups": ({"link": LINK, "quantity": 100, "groups": "g1\ng2"}, 100),
    "Comment Likes": ({"link": LINK, "quantity": 100, "username": "someone"}, 100),
    "Comment Replies": ({"link": LINK, "username": "someone", "comments": "one\ntwo"}, 2),
    "Web Traffic": (
        {
            "link": LINK,
            "quantity": 100,
            "country": "US",
            "device": 1,
            "type_of_traffic": 1,
            "google_keyword": "shoes",
        },
        100,
    ),
    "Custom Data": ({"link": LINK, "quantity": 100, "custom_data": "x"}, 100),
}


def test_every_type_of_the_table_is_tried():
    assert SENT.keys() == ORDER_TYPES.keys()


@pytest.mark.parametrize("title", ORDER_TYPES)
def test_an_order_of_every_type_is_placed_and_charged(ask, buyer, title):
    sent, units = SENT[title]
    service = make.service(type=title, rate="1.2", listed_min=1, listed_dripfeed=True)

    placed = ask("add", service=service.pk, **sent)

    assert list(placed) == ["order"]
    assert type(placed["order"]) is int
    order = Order.objects.get(pk=placed["order"])
    assert (order.units, order.charge) == (units, Decimal("0.0012") * units)
    assert set(order.inputs) == set(sent)
    buyer.refresh_from_db()
    assert buyer.balance == 100 - order.charge


def test_no_optional_parameter_is_needed_or_minded_when_it_is_empty(ask):
    service = make.service(listed_dripfeed=False)
    for number, absent in enumerate(("", "undefined", "null", "None")):
        placed = ask(
            "add",
            service=service.pk,
            link=f"{LINK}/{number}",
            quantity="100",
            runs=absent,
            interval=absent,
        )
        assert Order.objects.get(pk=placed["order"]).runs == 1


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ({"quantity": "9"}, "Quantity less than minimal 10"),
        ({"quantity": "100001"}, "Quantity more than maximum 100000"),
        ({"quantity": "0"}, "Incorrect request: quantity"),
        ({"quantity": "-100"}, "Incorrect request: quantity"),
        ({"quantity": "many"}, "Incorrect request: quantity"),
        ({"quantity": ""}, "Incorrect request: quantity"),
        ({"quantity": "60000", "runs": "2", "interval": "5"}, "Quantity more than maximum 100000"),
        ({"runs": "2"}, "Incorrect request: interval"),
        ({"link": ""}, "Bad link"),
        ({"link": "java script"}, "Bad link"),
        ({"link": "javascript:alert(1)"}, "Bad link"),
        ({"service": "999999999"}, "Incorrect service ID"),
        ({"service": ""}, "Incorrect service ID"),
        ({"service": "abc"}, "Incorrect service ID"),
        ({"service": "1" * 30}, "Incorrect service ID"),
        ({"idempotency_key": "with blank"}, "Incorrect request: idempotency_key"),
        ({"idempotency_key": "a" * 91}, "Incorrect request: idempotency_key"),
    ],
)
def test_what_is_wrong_is_told_in_the_words_that_clients_know(ask, buyer, sent, text):
    service = make.service(listed_dripfeed=True)

    reply = ask("add", **{"service": service.pk, "link": LINK, "quantity": "1000", **sent})

    assert reply == {"error": text}
    buyer.refresh_from_db()
    assert buyer.balance == 100


def test_an_empty_purse_is_told_so(ask):
    service = make.service(rate="1000")

    reply = ask("add", service=service.pk, link=LINK, quantity="1000")
    assert reply == {"error": "Not enough funds on balance"}


def test_an_active_order_with_the_same_link_is_told_so(ask):
    service = make.service(offers=[make.offer(make.provider())])
    ask("add", service=service.pk, link=LINK, quantity="1000")

    reply = ask("add", service=service.pk, link=LINK, quantity="1000")
    assert reply == {
        "error": "You have active order with this link. Please wait until order being completed."
    }


@pytest.mark.django_db(transaction=True)
def test_an_order_that_cannot_get_its_turn_may_be_sent_again(client, key, buyer):
    service = make.service()
    sent = {"key": key, "action": "add", "service": service.pk, "link": LINK, "quantity": "1000"}
    tried = []

    def add():
        tried.append(client.post("/api/v2", sent))
        connection.close()

    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=buyer.pk)
        other = threading.Thread(target=add)
        other.start()
        other.join(DEADLINE_S)

    (reply,) = tried
    assert (reply.status_code, reply.json()) == (429, {"error": "Too many requests"})
    assert int(reply["Retry-After"]) > 0
    assert not Order.objects.exists()


def test_a_service_that_is_off_does_not_exist(ask):
    service = make.service(is_active=False)

    reply = ask("add", service=service.pk, link=LINK, quantity="1000")
    assert reply == {"error": "Incorrect service ID"}


def test_a_frozen_customer_may_look_and_not_buy(ask, buyer):
    Customer.objects.filter(pk=buyer.pk).update(status=Customer.Status.FROZEN)

    reply = ask("add", service=make.service().pk, link=LINK, quantity="1000")
    assert reply == {"error": "This account may not place orders at the moment."}
    assert ask("balance") == {"balance": "100", "currency": "USD"}


def test_texts_of_the_protocol_are_never_translated(ask, monkeypatch):
    spoken: list[str | None] = []
    monkeypatch.setattr(
        "panel.api.v2.adding.forward_soon", lambda _id: spoken.append(translation.get_language())
    )
    with translation.override("de"):  # what a page left behind in this thread
        ask("add", service=make.service().pk, link=LINK, quantity="1000")
        assert translation.get_language() == "de"
    assert spoken == [None]


def test_placing_costs_three_statements(client, key, django_assert_num_queries):
    service = make.service(offers=[make.offer(make.provider())])
    sent = {"key": key, "action": "add", "service": service.pk, "quantity": "1000"}
    client.post("/api/v2", {**sent, "link": f"{LINK}/1"})

    # Inside this test's transaction the writing one has a savepoint around it.
    with django_assert_num_queries(3 + 2):
        reply = client.post("/api/v2", {**sent, "link": f"{LINK}/2"})
    assert "order" in json.loads(reply.content)


def test_the_forwarder_is_woken_once_for_each_new_order(ask, monkeypatch):
    woken: list[int | None] = []
    monkeypatch.setattr("panel.api.v2.adding.forward_soon", woken.append)
    provider = make.provider()
    service = make.service(offers=[make.offer(provider)])
    for _ in range(2):
        ask("add", service=service.pk, link=LINK, quantity="1000", idempotency_key="abc-1")

    assert woken == [provider.pk]


@pytest.mark.parametrize("name", ["balance", "charge", "rate", "customer", "customer_id", "status"])
def test_s2_nothing_but_the_inputs_of_the_type_is_taken(ask, buyer, name):
    placed = ask("add", service=make.service().pk, link=LINK, quantity="1000", **{name: "0"})

    order = Order.objects.get(pk=placed["order"])
    assert (order.customer_id, order.charge, order.status) == (buyer.pk, Decimal("1.2"), "pending")
    assert set(order.inputs) == {"link", "quantity"}
