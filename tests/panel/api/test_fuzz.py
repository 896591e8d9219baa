"""Whatever arrives is answered in JSON, and nothing is ordered out of bounds (FAILURES A8)."""

import json
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.models import Order
from tests import make

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
names = st.sampled_from(
    ["service", "link", "quantity", "runs", "interval", "order", "orders", "refill", "comments"]
)
actions = st.sampled_from(["services", "add", "status", "balance", "refill_status", "", "x"])
fuzz = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@fuzz
@given(action=actions, fields=st.dictionaries(names, junk, max_size=6))
def test_a8_nested_junk_in_json_is_never_a_500(client, key, action, fields):
    body = json.dumps({**fields, "key": key, "action": action})
    reply = client.post("/api/v2", body, content_type="application/json")

    assert reply.status_code == 200
    json.loads(reply.content)


@fuzz
@given(action=actions, fields=st.dictionaries(names, st.text(max_size=40), max_size=6))
def test_a8_odd_texts_in_forms_are_never_a_500(client, key, action, fields):
    storable = {name: text.encode(errors="replace") for name, text in fields.items()}
    reply = client.post("/api/v2", {**storable, "key": key, "action": action})

    assert reply.status_code == 200
    json.loads(reply.content)


@fuzz
@given(body=st.binary(max_size=300), kind=st.sampled_from([FORM, "application/json", "text/x"]))
def test_a8_any_bytes_are_answered_in_json(client, body, kind):
    reply = client.post("/api/v2", body, content_type=kind)

    assert reply.status_code == 200
    assert "error" in json.loads(reply.content)


numbers = st.one_of(
    st.integers().map(str),
    st.text(alphabet=string.digits + "+-_.,eExX \x00\n٣１", max_size=12),
    st.sampled_from(
        ["0", "-1", "NaN", "1e9", "10.5", "٣٤", "１００", "9" * 40, "0x10", "100\x00", "1_000"]
    ),
)


@fuzz
@given(quantity=numbers)
def test_a8_no_quantity_places_an_order_out_of_bounds(client, key, quantity):
    service = make.service(rate="0.00001", listed_min=10, listed_max=500)
    body = {"key": key, "action": "add", "service": service.pk, "link": "https://a.example/1"}
    reply = client.post("/api/v2", {**body, "quantity": quantity})

    assert reply.status_code == 200
    placed = reply.json().get("order")
    if placed:
        order = Order.objects.get(pk=placed)
        assert quantity.strip().isascii()
        assert str(order.quantity) == quantity.strip().lstrip("0")
        assert 10 <= order.quantity <= 500
    else:
        assert reply.json()["error"]


def test_a8_half_a_character_is_replaced_before_it_reaches_the_database(client, key):
    service = make.service(type="Custom Data")
    body = {"key": key, "action": "add", "service": service.pk, "quantity": "100"}
    reply = client.post(
        "/api/v2",
        json.dumps({**body, "link": "https://a.example/\ud83d", "custom_data": "\ud83d"}),
        content_type="application/json",
    )

    assert Order.objects.get(pk=reply.json()["order"]).inputs["custom_data"] == "?"
