"""Parameters in every shape that clients send (API_V2 §4.1, §4.2, §4.12), and none is a 500."""

import json

import pytest
from django.test import Client

from orders.models import Order
from panel.api.v2 import parameters
from tests import make

pytestmark = pytest.mark.django_db
PATHS = ("/api/v2", "/api/v2/")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def sender(key):
    """Sends ``key`` and ``action=balance`` in one of many ways."""
    wanted = {"key": key, "action": "balance"}
    query = f"key={key}&action=balance"
    http = Client(enforce_csrf_checks=True)
    return {
        "form": lambda path: http.post(path, query, content_type=FORM),
        "form with charset": lambda path: http.post(
            path, query, content_type=f"{FORM}; charset=UTF-8"
        ),
        "multipart": lambda path: http.post(path, wanted),
        "query": lambda path: http.get(path, wanted),
        "query of a POST": lambda path: http.post(f"{path}?{query}"),
        "half and half": lambda path: http.post(
            f"{path}?key={key}", "action=balance", content_type=FORM
        ),
        "JSON": lambda path: http.post(path, wanted, content_type="application/json"),
        "JSON labelled as a form": lambda path: http.post(
            path, json.dumps(wanted), content_type=FORM
        ),
        "JSON labelled as text": lambda path: http.post(
            path, json.dumps(wanted), content_type="text/plain"
        ),
        "JSON with a mark": lambda path: http.post(
            path, b"\xef\xbb\xbf" + json.dumps(wanted).encode(), content_type="application/json"
        ),
        "form without a label": lambda path: http.generic("POST", path, query, content_type=""),
        "form in a GET": lambda path: http.generic("GET", path, query, content_type=FORM),
        "the body stands before the query": lambda path: http.post(
            f"{path}?action=nonsense&key=wrong", query, content_type=FORM
        ),
    }


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "way",
    [
        "form",
        "form with charset",
        "multipart",
        "query",
        "query of a POST",
        "half and half",
        "JSON",
        "JSON labelled as a form",
        "JSON labelled as text",
        "JSON with a mark",
        "form without a label",
        "form in a GET",
        "the body stands before the query",
    ],
)
def test_every_way_of_sending_parameters_is_understood(sender, way, path):
    reply = sender[way](path)

    assert reply.status_code == 200
    assert reply.json() == {"balance": "100", "currency": "USD"}
    assert reply["Content-Type"] == "application/json"
    assert not reply.cookies


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_incorrect_requests(client, method, path):
    reply = client.generic(method, path)

    assert (reply.status_code, reply.json()) == (200, {"error": "Incorrect request"})


@pytest.mark.parametrize("sent", [{}, {"action": ""}, {"action": "orders"}, {"service": "1"}])
def test_an_action_is_never_guessed(client, key, sent):
    reply = client.post("/api/v2", {"key": key, "link": "x", "quantity": "5", **sent})

    assert reply.json() == {"error": "Incorrect request"}
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1,2]",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"null",
        b'{"key": \xff}',
        b'{"key": "' + b"9" * 5_000 + b'"}',
    ],
)
def test_s17_broken_or_deep_json_is_an_incorrect_request(client, body):
    reply = client.post("/api/v2", body, content_type="application/json")

    assert reply.status_code == 200
    assert reply.json() in ({"error": "Incorrect request"}, {"error": "Invalid API key"})


@pytest.mark.parametrize("text", [b"caf\xe9", b"caf%E9", b"\xd0"])
def test_a10_a_text_that_is_not_utf_8_is_refused_and_not_sold_with_holes(client, key, text):
    service = make.service(type="Custom Comments")
    form = f"key={key}&action=add&service={service.pk}&link=https://example.com/a&comments="

    reply = client.post("/api/v2", form.encode() + text, content_type=FORM)

    assert reply.json() == {"error": "Incorrect request"}
    assert not Order.objects.exists()


def test_s17_a_body_beyond_the_limit_is_not_read(client):
    reply = client.post("/api/v2", b"a" * (parameters.BODY_MAX + 1), content_type=FORM)

    assert reply.json() == {"error": "Incorrect request"}


def test_s17_a_million_ids_are_refused_and_nothing_is_looked_up(client, key):
    ids = ",".join(str(n) for n in range(150_000))
    reply = client.post("/api/v2", {"key": key, "action": "status", "orders": ids})

    assert reply.json() == {"error": "Incorrect request"}


def test_s17_thousands_of_fields_are_refused(client):
    body = "&".join(f"a{n}=1" for n in range(parameters.FIELDS_MAX + 1))

    assert client.post("/api/v2", body, content_type=FORM).json() == {"error": "Incorrect request"}


def _ids(client, key, body, *, content_type=FORM):
    if content_type == FORM:
        body = f"key={key}&action=status&{body}"
    else:
        body = json.dumps({"key": key, "action": "status", **body})
    return client.post("/api/v2", body, content_type=content_type).json()


@pytest.mark.parametrize(
    "body",
    [
        "orders=1,2,3",
        "orders=1%2C2%2C+3",
        "orders=1,2,3,",
        "orders[]=1&orders[]=2&orders[]=3",
        "orders%5B%5D=1&orders%5B%5D=2&orders%5B%5D=3",
        "orders[0]=1&orders[1]=2&orders[2]=3",
        "orders=1&orders=2&orders=3",
        "order=1,2,3",
        "orders[]=1,2&orders[]=3",
        "orders=1,2,2,3,1",
    ],
)
def test_lists_of_ids_are_understood_in_forms(client, key, body):
    assert list(_ids(client, key, body)) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "body",
    [
        {"orders": [1, 2, 3]},
        {"orders": ["1", "2", 3]},
        {"orders": "1,2,3"},
        {"orders": {"0": 1, "2": 2, "5": 3}},
        {"orders[]": [1, 2, 3]},
        {"order": [1, 2, 3]},
        {"orders": [1, None, {"x": 1}, [], 2, 3]},
    ],
)
def test_lists_of_ids_are_understood_in_json(client, key, body):
    assert list(_ids(client, key, body, content_type="application/json")) == ["1", "2", "3"]


def test_json_numbers_keep_their_digits(client, key):
    service = make.service()
    body = {"key": key, "action": "add", "service": service.pk, "link": "https://a.example/1"}
    for quantity in (1000, 1000.0):
        body["link"] += "1"
        reply = client.post(
            "/api/v2", {**body, "quantity": quantity}, content_type="application/json"
        )
        assert Order.objects.get(pk=reply.json()["order"]).quantity == 1000


def test_lines_may_come_as_an_array(client, key):
    service = make.service(type="Custom Comments", listed_min=1)
    body = {"key": key, "action": "add", "service": service.pk, "link": "https://a.example/1"}
    reply = client.post(
        "/api/v2", {**body, "comments": ["a", "b"]}, content_type="application/json"
    )

    assert Order.objects.get(pk=reply.json()["order"]).quantity == 2
