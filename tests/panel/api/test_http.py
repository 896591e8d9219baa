"""The protocol over real HTTP, on the server that production runs."""

import gzip
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection

from orders.models import Customer, Order
from panel.api import keys
from tests import make
from tests.orders.races import together
from tests.ports import free_port

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]
START_S = 120.0
ANSWER_S = 60.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LINK = "https://example.com/page"


def _wait_for(port, server):
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert server.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not listen")


@pytest.fixture(scope="module")
def port(django_db_setup, django_db_blocker):
    """A panel of its own process on the database of this test run."""
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
    url = urlsplit(os.environ["DATABASE_URL"])
    port = free_port()
    words = ["-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-ws"]
    words += ["--workers", "1", "--blocking-threads", "8", "--log-level", "warning"]
    server = subprocess.Popen(
        [sys.executable, *words, "panel.wsgi:application"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url._replace(path=f"/{name}").geturl()},
    )
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(START_S)


@pytest.fixture
def line(port):
    opened = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
    yield opened
    opened.close()


def _answer(line):
    reply = line.getresponse()
    body = reply.read()
    assert reply.getheader("Content-Type") == "application/json"
    assert reply.getheader("Set-Cookie") is None
    assert reply.getheader("Content-Length") == str(len(body))
    return reply.status, json.loads(body)


def _post(port, fields, path="/api/v2"):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
    try:
        line.request("POST", path, urlencode(fields), FORM)
        return _answer(line)
    finally:
        line.close()


@pytest.mark.parametrize("path", ["/api/v2", "/api/v2/"])
def test_both_addresses_answer_without_a_redirect(port, key, path):
    assert _post(port, {"key": key, "action": "balance"}, path) == (
        200,
        {"balance": "100", "currency": "USD"},
    )


def test_many_requests_share_a_connection(line, key):
    for _ in range(5):
        line.request("POST", "/api/v2", urlencode({"key": key, "action": "balance"}), FORM)
        assert _answer(line) == (200, {"balance": "100", "currency": "USD"})


def test_a_body_in_chunks_without_a_length_is_read(line, key):
    text = urlencode({"key": key, "action": "balance"}).encode()
    line.request("POST", "/api/v2", iter([text[:10], text[10:]]), FORM, encode_chunked=True)

    assert _answer(line) == (200, {"balance": "100", "currency": "USD"})


def test_a_get_with_a_query_is_answered(line, key):
    line.request("GET", f"/api/v2?{urlencode({'key': key, 'action': 'balance'})}")

    assert _answer(line)[1] == {"balance": "100", "currency": "USD"}


def test_umlauts_in_a_raw_query_arrive(line, key):
    service = make.service()
    sent = f"key={key}&action=add&service={service.pk}&quantity=100&link=https://example.com/"
    line.putrequest("GET", "/x")  # http.client refuses raw bytes in an address
    line._buffer[0] = b"GET /api/v2?" + sent.encode() + "ü".encode() + b" HTTP/1.1"
    line.endheaders()

    status, placed = _answer(line)
    assert status == 200
    assert Order.objects.get(pk=placed["order"]).link == "https://example.com/ü"


def test_the_price_list_is_compressed_and_remembered(line, key):
    make.service()
    fields = urlencode({"key": key, "action": "services"})
    line.request("POST", "/api/v2", fields, {**FORM, "Accept-Encoding": "gzip"})
    reply = line.getresponse()
    body = gzip.decompress(reply.read())
    assert len(json.loads(body)) == 1

    line.request("POST", "/api/v2", fields, {**FORM, "If-None-Match": reply.getheader("ETag")})
    reply = line.getresponse()
    assert (reply.status, reply.read()) == (304, b"")


def test_s17_a_huge_body_is_refused_in_json(port, key):
    status, answer = _post(port, {"key": key, "action": "balance", "link": "a" * 1_100_000})

    assert (status, answer) == (200, {"error": "Incorrect request"})


def test_a1_a_hundred_requests_with_one_idempotency_key_are_one_order(port, buyer, key):
    service = make.service(offers=[make.offer(make.provider())])
    sent = {"service": service.pk, "link": LINK, "quantity": "1000", "idempotency_key": "a1"}

    answers = together(
        [lambda: _post(port, {"key": key, "action": "add", **sent}) for _ in range(100)]
    )

    order = Order.objects.get()
    assert answers == [(200, {"order": order.pk})] * 100
    assert Customer.objects.get(pk=buyer.pk).balance == 100 - order.charge


def test_a2_a_client_that_never_heard_the_answer_tries_again_and_pays_once(port, buyer, key):
    service = make.service(rate="1")
    sent = {"service": service.pk, "link": LINK, "quantity": "1000", "idempotency_key": "a2"}
    body = urlencode({"key": key, "action": "add", **sent}).encode()
    head = f"POST /api/v2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S) as hasty:
            hasty.sendall(head.encode() + body)

    status, placed = _post(port, {"key": key, "action": "add", **sent})

    assert (status, placed) == (200, {"order": Order.objects.get().pk})
    assert Customer.objects.get(pk=buyer.pk).balance == 99


def test_a3_fifty_requests_for_the_last_coin_place_one_order(port):
    poor = make.customer(balance="1")
    key = keys.issue_key(poor.pk, name="Shop").text
    service = make.service(rate="1")
    sent = {"key": key, "action": "add", "service": service.pk, "quantity": "1000"}

    answers = together(
        [lambda: _post(port, {**sent, "link": f"{LINK}/{time.monotonic_ns()}"}) for _ in range(50)]
    )

    assert {status for status, _answer in answers} == {200}
    texts = [answer.get("error") for _status, answer in answers]
    assert texts.count(None) == 1
    assert texts.count("Not enough funds on balance") == 49
    assert Customer.objects.get(pk=poor.pk).balance == 0


def test_g5_after_a_restart_of_the_database_the_first_requests_are_answered(port, key):
    """Their pooled connections are dead, and each request would find another one of these."""
    fields = {"key": key, "action": "balance"}
    together([lambda: _post(port, fields)] * 8)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    # Idle connections of this very process are dead as well: later tests get fresh ones.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]

    for _ in range(3):
        assert _post(port, fields) == (200, {"balance": "100", "currency": "USD"})
