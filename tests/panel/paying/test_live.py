"""Over real HTTP: a hundred messages at once, and a database that is away."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connection, connections
from django.urls import reverse

from orders.models import Customer, GatewayEvent, LedgerEntry, Payment
from panel import tasks
from panel.clock import database_now
from panel.gateways.protocol import Created
from panel.models import Heartbeat
from panel.paying.synchronising import check_due
from tests import make
from tests.panel.paying import pay

pytestmark = pytest.mark.django_db(transaction=True)

DELIVERIES = 100
SENDERS = 25  # at the same moment


def deliver(url, address, body, headers):
    """One message over a connection of its own; the status of the answer."""
    place = urlsplit(url)
    line = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    try:
        line.request("POST", address, body, {"Content-Type": "application/json", **headers})
        return line.getresponse().status
    finally:
        line.close()


@pytest.fixture
def ann():
    return make.customer(balance="0")


@pytest.fixture
def way(stripe):
    return pay.of_world(stripe)


@pytest.fixture
def paid(stripe, way, ann):
    payment = pay.begun(ann, way)
    stripe.standin.pay(payment.reference)
    return payment


def balance(customer):
    return Customer.objects.get(pk=customer.pk).balance


def test_e1_a_hundred_deliveries_at_once_credit_once(stripe, way, paid, ann, live_server):
    body, headers = stripe.message(Created(reference=paid.reference))
    address = reverse("webhook", args=[way.pk])

    with ThreadPoolExecutor(SENDERS) as senders:
        running = [
            senders.submit(deliver, live_server.url, address, body, headers)
            for _ in range(DELIVERIES)
        ]
        answers = {one.result() for one in running}

    assert answers == {200}
    assert balance(ann) == Decimal(25)
    assert LedgerEntry.objects.filter(payment=paid).count() == 1
    assert GatewayEvent.objects.count() == 1


def test_e1_message_page_and_clock_together_credit_once(stripe, way, paid, ann, live_server):
    body, headers = stripe.message(Created(reference=paid.reference))
    address = reverse("webhook", args=[way.pk])
    Payment.objects.update(next_check_at=database_now())

    def by_clock():
        try:
            return check_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(SENDERS) as senders:
        told = [senders.submit(deliver, live_server.url, address, body, headers) for _ in range(10)]
        asked = [senders.submit(by_clock) for _ in range(10)]
        assert {one.result() for one in told} == {200}
        assert sum(one.result() for one in asked) <= 1  # nothing is due once somebody asked

    assert balance(ann) == Decimal(25)
    assert LedgerEntry.objects.filter(payment=paid).count() == 1


def test_e9_while_the_database_is_away_messages_come_again_and_the_clock_finds_the_rest(
    stripe, way, paid, ann, client, monkeypatch
):
    body, headers = stripe.message(Created(reference=paid.reference))
    address = reverse("webhook", args=[way.pk])
    driver = type(connections["default"])
    connection.close()

    def gone(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(driver, "get_new_connection", gone)
    answer = client.post(address, body, content_type="application/json", headers=headers)
    monkeypatch.undo()

    assert answer.status_code == 503
    assert balance(ann) == 0
    Payment.objects.update(next_check_at=database_now())
    tasks.check_payments()
    assert balance(ann) == Decimal(25)
    pulse = Heartbeat.objects.get(job="check_payments")
    assert (pulse.done, pulse.error) == (1, "")


def test_a_silent_gateway_does_not_use_up_the_time_of_the_others(stripe, way, ann):
    for _ in range(3):
        pay.begun(ann, way)
    played = pay.begun(ann, pay.method())
    Payment.objects.update(next_check_at=database_now())
    for _ in range(30):
        stripe.standin.fail_next("drop_before", method="GET")

    asked = check_due()

    assert asked == 2  # one of the silent gateway, and the played one
    assert Payment.objects.get(pk=played.pk).checked_at is not None


def test_a_payment_by_hand_that_nobody_made_expires(ann):
    payment = pay.begun(ann, pay.by_hand())
    Payment.objects.update(expires_at=database_now())

    tasks.check_payments()

    payment.refresh_from_db()
    assert payment.status == Payment.Status.EXPIRED
