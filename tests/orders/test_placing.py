"""A customer buys: once, with money that is there (FAILURES A1 to A5)."""

from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from orders import closing, placing
from orders.ledger import InsufficientBalance
from orders.lifecycle import Status
from orders.models import LedgerEntry, Order, Service
from tests import make
from tests.orders.buying import LINK, balance, place, sourced
from tests.orders.races import together

pytestmark = pytest.mark.django_db
race = pytest.mark.django_db(transaction=True)


@race
def test_a1_a_hundred_clicks_at_once_are_one_order_and_one_charge():
    buyer, service = make.customer(balance="100"), sourced(rate="1.2")

    placed = together([lambda: place(buyer, service, key="form:1") for _ in range(100)])

    assert len({one.order_id for one in placed}) == 1
    assert sum(not one.is_replay for one in placed) == 1
    assert Order.objects.count() == 1
    assert balance(buyer) == Decimal("98.8")


def test_a2_a_retry_gets_the_same_order_even_when_the_money_is_gone():
    buyer, service = make.customer(balance="1.2"), sourced(rate="1.2")
    first = place(buyer, service, key="api:7")

    again = [place(buyer, service, key="api:7") for _ in range(5)]

    assert {one.order_id for one in again} == {first.order_id}
    assert all(one.is_replay for one in again)
    assert all(one.provider_id == first.provider_id for one in again)
    assert balance(buyer) == 0


def test_a2_a_retry_gets_the_same_order_when_the_service_is_no_longer_sold():
    buyer, service = make.customer(), sourced()
    first = place(buyer, service, key="api:7")
    Service.objects.filter(pk=service.pk).update(is_active=False)

    assert place(buyer, service, key="api:7").order_id == first.order_id


@pytest.mark.parametrize(
    "other", [{"quantity": "2000"}, {"link": "https://example.com/other"}, {"quantity": "x"}]
)
def test_a2_another_order_under_the_same_key_is_refused(other):
    buyer, service = make.customer(), make.service()
    place(buyer, service, key="api:7")

    with pytest.raises(placing.IdempotencyConflict):
        place(buyer, service, key="api:7", **other)
    assert Order.objects.count() == 1


def test_a2_another_service_under_the_same_key_is_refused():
    buyer = make.customer()
    place(buyer, make.service(), key="api:7")

    with pytest.raises(placing.IdempotencyConflict):
        place(buyer, make.service(), key="api:7")


def test_a2_two_customers_may_use_the_same_key():
    service = make.service()
    placed = [place(make.customer(), service, key="api:7") for _ in range(2)]

    assert len({one.order_id for one in placed}) == 2


@pytest.mark.parametrize(
    "same",
    [LINK, "http://EXAMPLE.com/page/", "https://www.example.com/page#top", "example.com/page"],
)
def test_a2_without_a_key_the_same_link_waits_until_the_first_order_ended(same):
    buyer, service = make.customer(), sourced()
    first = place(buyer, service)

    with pytest.raises(placing.DuplicateLink, match="active order with this link"):
        place(buyer, service, link=same)
    assert balance(buyer) == Decimal("98.8")

    closing.close(first.order_id, Status.CANCELED, now=make.NOW)
    assert place(buyer, service, link=same).order_id > first.order_id


def test_a2_two_customers_collide_on_a_link_for_they_share_an_account_upstream():
    service = sourced()
    place(make.customer(), service)

    with pytest.raises(placing.DuplicateLink):
        place(make.customer(), service)


def test_a2_a_service_may_allow_several_orders_for_one_link():
    buyer, service = make.customer(), sourced(one_order_per_link=False)

    assert place(buyer, service).order_id != place(buyer, service).order_id


@race
def test_a3_fifty_orders_for_the_last_coin_are_one():
    buyer, service = make.customer(balance="1.2"), make.service(rate="1.2")

    placed = together([partial(place, buyer, service, link=f"{LINK}/{n}") for n in range(50)])

    assert sum(isinstance(one, placing.Placed) for one in placed) == 1
    assert sum(isinstance(one, InsufficientBalance) for one in placed) == 49
    assert Order.objects.count() == 1
    assert balance(buyer) == 0


@transaction.atomic
def _insert_without_charge(like):
    columns = ("customer_id", "service_id", "inputs", "link", "quantity", "units", "rate", "charge")
    Order.objects.create(created_at=make.NOW, **{name: getattr(like, name) for name in columns})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit does


def test_a4_an_order_without_its_charge_cannot_be_committed():
    order = make.placed()

    with pytest.raises(IntegrityError, match="order_has_its_charge"):
        _insert_without_charge(order)


def test_a4_a_refused_charge_leaves_no_order():
    buyer = make.customer(balance="1")

    with pytest.raises(InsufficientBalance):
        place(buyer, make.service(rate="1.2"))
    assert not Order.objects.exists()
    assert LedgerEntry.objects.filter(customer=buyer).count() == 1


def test_a5_a_placed_order_is_due_by_itself_whatever_becomes_of_messages():
    placed = place(make.customer(), sourced())

    order = Order.objects.get(pk=placed.order_id)
    assert (order.status, order.due_at) == (Status.PENDING, make.NOW)
    assert placed.provider_id == order.provider_id


def test_an_order_that_staff_deliver_is_due_nowhere():
    placed = place(make.customer(), make.service())

    order = Order.objects.get(pk=placed.order_id)
    assert (order.due_at, order.provider_id, placed.provider_id) == (None, None, None)
