"""``add`` with an idempotency key: the same key is the same order (FAILURES A2)."""

import pytest

from orders.models import Order
from tests import make

pytestmark = pytest.mark.django_db
LINK = "https://example.com/page"


def test_a2_the_same_idempotency_key_is_the_same_order(ask, client, key):
    service = make.service()
    sent = {"service": service.pk, "link": LINK, "quantity": "1000"}
    first = ask("add", **sent, idempotency_key="abc-1")

    again = [ask("add", **sent, idempotency_key="abc-1") for _ in range(5)]
    by_header = client.post(
        "/api/v2", {"key": key, "action": "add", **sent}, headers={"idempotency-key": "abc-1"}
    )

    assert again == [first] * 5
    assert by_header.json() == first
    assert Order.objects.count() == 1


def test_a2_another_order_under_the_same_idempotency_key_is_an_error(ask):
    service = make.service()
    ask("add", service=service.pk, link=LINK, quantity="1000", idempotency_key="abc-1")

    reply = ask("add", service=service.pk, link=LINK, quantity="2000", idempotency_key="abc-1")
    assert reply == {"error": "This idempotency key belongs to another order."}


def test_an_api_client_cannot_meet_the_keys_of_forms(ask, buyer):
    service = make.service()
    mine = make.placed(customer=buyer, service=service, link=LINK)
    Order.objects.filter(pk=mine.pk).update(idempotency_key="form:1")

    reply = ask("add", service=service.pk, link=LINK, quantity="1000", idempotency_key="form:1")
    assert reply["order"] != mine.pk
