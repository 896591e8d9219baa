"""G7: the protocol reads on while the database takes no writes, and says when to come back."""

import pytest

from orders.models import Order
from tests import make, refusing
from tests.orders.upstream import fresh

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(client, key):
    def post(action, **parameters):
        return client.post("/api/v2", {"key": key, "action": action, **parameters})

    return post


@pytest.fixture
def wanted(service):
    return {"service": service.pk, "link": "https://example.com/a", "quantity": 1000}


@pytest.fixture
def service():
    return make.service(rate="1.2", offers=[make.offer(make.provider())], listed_cancel=True)


def test_g7_what_only_reads_is_answered_also_with_a_key_whose_use_is_not_noted(ask, buyer, service):
    order = make.placed(customer=buyer, service=service)

    with refusing.read_only():
        assert [row["service"] for row in ask("services")] == [service.pk]
        assert ask("balance")["currency"] == "USD"
        assert ask("status", order=order.pk)["status"] == "Pending"


@pytest.mark.parametrize(
    "trouble",
    [refusing.read_only, lambda: refusing.full("orders_ledgerentry")],
    ids=["read-only", "full"],
)
def test_g7_an_order_is_answered_503_with_a_time_and_can_be_sent_again(
    post, wanted, buyer, trouble
):
    with trouble():
        answer = post("add", **wanted)

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert answer.json() == {"error": "Temporarily unavailable"}
    assert not Order.objects.exists()
    assert post("add", **wanted).json() == {"order": Order.objects.get().pk}


def test_g7_a_wish_to_cancel_is_not_taken_and_the_order_stays(post, ask, buyer, service):
    order = make.placed(customer=buyer, service=service)

    with refusing.read_only():
        rows = post("cancel", orders=order.pk).json()

    assert rows == [{"order": order.pk, "cancel": {"error": "Temporarily unavailable"}}]
    assert fresh(order).status == "pending"
    assert ask("cancel", orders=order.pk) == [{"order": order.pk, "cancel": 1}]
