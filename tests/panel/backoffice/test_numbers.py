"""Numbers pasted out of a ticket: all of them at once, and none that is somebody else's."""

import pytest

from orders.lifecycle import Status
from orders.models import Order, Refill
from panel.backoffice import numbers
from tests import make
from tests.panel.backoffice.test_orders import ORDERS, bought, choose, found, work_off

pytestmark = pytest.mark.django_db


def there(order, upstream_id):
    Order.objects.filter(pk=order.pk).update(upstream_id=upstream_id)
    return order


@pytest.mark.parametrize("between", [",", ", ", " ", "\n", "; ", "\r\n", " #"])
def test_a_pasted_list_finds_all_of_its_orders(as_support, between):
    one, _left_out, other = bought(), bought(), bought()

    assert found(as_support, q=f"{one.pk}{between}{other.pk}") == [other.pk, one.pk]


def test_in_a_list_a_number_of_ours_is_not_taken_for_one_of_a_provider(as_support):
    provider = make.provider()
    one, other = bought(), bought()
    twin = there(bought(provider=provider), str(one.pk))
    stranger = there(bought(provider=provider), "X-77")

    assert found(as_support, q=f"{one.pk},{other.pk}") == [other.pk, one.pk]
    assert found(as_support, q=f"{one.pk},X-77") == [stranger.pk, one.pk]
    assert found(as_support, q=f"{one.pk},X-77", numbers="there") == [stranger.pk, twin.pk]
    assert found(as_support, q=f"{one.pk},X-77", numbers="here") == [one.pk]
    assert found(as_support, q=str(one.pk), numbers="here") == [one.pk]
    assert found(as_support, q=str(one.pk), numbers="there") == [twin.pk]


def test_numbers_that_are_no_orders_are_named(as_support):
    order = bought()
    nobody = order.pk + 1_000

    page = as_support.get(ORDERS, {"q": f"{order.pk} {nobody}"})

    assert page.context["search"].pasted.missing == [str(nobody)]
    assert f"1 number is no order: {nobody}" in page.content.decode()


def test_too_many_numbers_are_said_to_be_too_many(as_support, monkeypatch):
    monkeypatch.setattr(numbers, "NUMBERS_MAX", 2)
    orders = [bought() for _ in range(3)]
    pasted = ",".join(str(order.pk) for order in orders)

    page = as_support.get(ORDERS, {"q": pasted})

    assert [row.pk for row in page.context["pager"].rows] == [orders[1].pk, orders[0].pk]
    assert "1 more number was not looked up" in page.content.decode()


@pytest.mark.parametrize("words", ["summer sale", "https://example.com/a 12", "12, ann@b.example"])
def test_words_are_no_list_of_numbers(words):
    assert numbers.listed(words) == []


def test_forty_refills_are_asked_for_by_their_pasted_numbers(as_support):
    service = make.service(rate="1", listed_refill=True)
    orders = [bought(service=service) for _ in range(3)]
    for order in orders:
        Order.objects.filter(pk=order.pk).update(
            status=Status.COMPLETED, closed_at=order.created_at, due_at=None
        )
    pasted = "\n".join(str(order.pk) for order in orders[:2])

    choose(as_support, "refill", all="yes", query=f"q={pasted.replace(chr(10), '%0A')}")
    work = work_off(as_support)

    assert (work.done, work.refused) == (2, 0)
    refilled = Refill.objects.values_list("order_id", flat=True)
    assert sorted(refilled) == [order.pk for order in orders[:2]]
    assert choose(as_support, "refill", *orders[:2]).status_code == 200
    assert Refill.objects.count() == 2
