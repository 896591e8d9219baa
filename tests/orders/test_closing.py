"""How an order ends: what goes back is exact, and goes back once, whoever says so and how often."""

import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from orders import closing, ledger
from orders.closing import Ending, OrderMoved, close, close_many, refund_target
from orders.lifecycle import ENDED, NEXT, Status
from orders.models import CancelRequest, Customer, LedgerEntry, OpenLink, Order, OrderEvent
from orders.money import product
from tests import make
from tests.orders import races
from tests.orders.following import balance, reasons, seen

pytestmark = pytest.mark.django_db

RATES = st.integers(1, 10**9).map(lambda n: Decimal(n).scaleb(-5))
RACES = 200


@given(rate=RATES, units=st.integers(1, 10**7), share=st.integers(0, 10**7))
def test_delivered_and_refunded_are_the_charge_to_the_last_digit(rate, units, share):
    undelivered = min(share, units)
    charge = product(rate, units)
    ending = Ending(1, Status.PARTIAL, undelivered=undelivered)

    back = refund_target(charge=charge, rate=rate, units=units, ending=ending)

    assert back + product(rate, units - undelivered) == charge
    assert 0 <= back <= charge


@pytest.mark.parametrize("undelivered", [-1, 1001])
def test_c6_undelivered_units_that_cannot_be_are_refused(undelivered):
    order = make.placed()

    with pytest.raises(ValueError, match="cannot be undelivered"):
        close(order.pk, Status.PARTIAL, undelivered=undelivered, now=make.NOW)

    assert (seen(order).status, order.refunded) == (Status.PENDING, 0)


@pytest.mark.parametrize(
    ("status", "undelivered", "back"),
    [
        (Status.COMPLETED, None, "0"),
        (Status.PARTIAL, 1, "0.0012"),
        (Status.PARTIAL, None, "0"),
        (Status.PARTIAL, 1000, "1.2"),
        (Status.CANCELED, None, "1.2"),
        (Status.CANCELED, 250, "0.3"),
        (Status.EXPIRED, 500, "0.6"),
    ],
)
def test_what_goes_back_follows_from_the_end(status, undelivered, back):
    order = make.placed()

    closed = close(order.pk, status, undelivered=undelivered, now=make.NOW)

    assert closed.refunded == Decimal(back)
    assert (seen(order).status, order.refunded) == (status, Decimal(back))
    assert balance(order) == Decimal("98.8") + Decimal(back)
    assert order.closed_at == make.NOW


def test_a_package_is_given_back_whole():
    order = make.placed(service=make.service(type="Package", rate="5"))

    close(order.pk, Status.CANCELED, now=make.NOW)

    assert (order.charge, seen(order).refunded) == (Decimal(5), Decimal(5))


def test_c1_the_same_end_twice_in_one_batch_and_again_later_pays_once():
    order = make.placed()
    ending = Ending(order.pk, Status.PARTIAL, undelivered=250)

    first = close_many([ending, ending], now=make.NOW)
    again = close_many([ending], now=make.NOW)

    assert ([c.refunded for c in first], again) == ([Decimal("0.3")], [])
    assert order.entries.filter(kind="refund").count() == 1


def test_c4_partial_after_completed_pays_the_difference_and_cancel_the_rest():
    order = make.placed()
    close(order.pk, Status.COMPLETED, now=make.NOW)

    late = close(order.pk, Status.PARTIAL, undelivered=250, now=make.NOW)
    rest = close(order.pk, Status.CANCELED, now=make.NOW, actor="Ada")

    assert (late.refunded, rest.refunded) == (Decimal("0.3"), Decimal("0.9"))
    assert seen(order).refunded == order.charge


def test_a_canceled_order_never_ends_otherwise():
    order = make.placed()
    close(order.pk, Status.CANCELED, now=make.NOW)

    for status in ENDED:
        with pytest.raises(OrderMoved):
            close(order.pk, status, now=make.NOW)


def test_c3_an_end_that_would_take_money_back_takes_none_and_asks_a_person():
    order = make.placed()
    ledger_before = balance(order)
    ledger.refund(order.pk, Decimal("0.5"), actor="Ada", reason="Goodwill")

    close(order.pk, Status.PARTIAL, undelivered=100, now=make.NOW)

    assert seen(order).refunded == Decimal("0.5")
    assert balance(order) == ledger_before + Decimal("0.5")
    assert reasons(order) == ["contradiction"]


def test_what_staff_gave_back_before_is_not_given_back_again():
    order = make.placed()
    ledger.refund(order.pk, Decimal("0.5"), actor="Ada", reason="Goodwill")

    closed = close(order.pk, Status.CANCELED, now=make.NOW)

    assert closed.refunded == Decimal("0.7")
    assert balance(order) == Decimal(100)


def test_an_unexpected_state_leaves_the_order_alone():
    order = make.placed()

    with pytest.raises(OrderMoved):
        close(order.pk, Status.CANCELED, now=make.NOW, expected=frozenset({Status.PROCESSING}))

    assert (seen(order).status, order.refunded) == (Status.PENDING, 0)


def test_an_end_frees_the_link_settles_wishes_and_stands_on_the_timeline():
    offer = make.offer(make.provider())
    order = make.placed(service=make.service(offers=[offer]))
    CancelRequest.objects.create(order=order, status="accepted")

    close(order.pk, Status.CANCELED, now=make.NOW, evidence="It said Canceled.", actor="Ada")

    assert not OpenLink.objects.exists()
    assert order.cancels.get().status == "done"
    event = OrderEvent.objects.get(order=order, kind="canceled")
    assert (event.text, event.actor) == ("It said Canceled. Refunded 1.2.", "Ada")


def test_a_frozen_customer_gets_money_back_all_the_same():
    order = make.placed()
    Customer.objects.update(status="frozen")

    close(order.pk, Status.CANCELED, now=make.NOW)

    assert balance(order) == Decimal(100)


def test_a_batch_is_capped():
    endings = [Ending(n, Status.COMPLETED) for n in range(closing.ENDINGS_MAX + 1)]

    with pytest.raises(ValueError, match="At most"):
        close_many(endings, now=make.NOW)


@pytest.mark.django_db(transaction=True)
def test_c16_poller_staff_refund_and_cancel_at_the_same_moment_pay_once_in_200_races():
    buyer, service = make.customer(balance="1000"), make.service()
    paid = Decimal(0)
    for race in range(RACES):
        order = make.placed(customer=buyer, service=service)
        together: list[Callable[[], Any]] = [
            partial(close, order.pk, Status.CANCELED, now=make.NOW, actor="poller"),
            partial(close, order.pk, Status.CANCELED, now=make.NOW, actor="Ada"),
            partial(close, order.pk, Status.PARTIAL, undelivered=250, now=make.NOW),
        ]
        random.Random(race).shuffle(together)
        for outcome in races.together(together):
            assert isinstance(outcome, closing.Closed | OrderMoved), outcome
        seen(order)
        assert (order.status, order.refunded) == (Status.CANCELED, order.charge)
        paid += order.refunded
    buyer.refresh_from_db()
    assert (paid, buyer.balance) == (RACES * Decimal("1.2"), Decimal(1000))


@pytest.mark.django_db(transaction=True)
def test_c16_the_second_hand_waits_for_the_first_and_books_nothing_more():
    order = make.placed()

    with races.while_it_waits(
        lambda: close_many([Ending(order.pk, Status.CANCELED)], now=make.NOW)
    ) as second:
        close(order.pk, Status.CANCELED, now=make.NOW)

    assert second.result(20) == []
    assert LedgerEntry.objects.filter(order=order, kind="refund").count() == 1


@pytest.mark.django_db(transaction=True)
def test_batches_of_the_same_customers_in_opposite_order_do_not_deadlock():
    buyers = [make.customer() for _ in range(10)]
    service = make.service()
    first = [make.placed(customer=buyer, service=service).pk for buyer in buyers]
    second = [make.placed(customer=buyer, service=service).pk for buyer in reversed(buyers)]

    outcomes = races.together(
        [
            lambda: close_many([Ending(i, Status.CANCELED) for i in first], now=make.NOW),
            lambda: close_many([Ending(i, Status.CANCELED) for i in second], now=make.NOW),
        ]
    )

    assert [len(outcome) for outcome in outcomes] == [10, 10]
    assert set(Customer.objects.values_list("balance", flat=True)) == {Decimal(100)}


REPORTS = st.lists(
    st.tuples(st.sampled_from(sorted(ENDED)), st.one_of(st.none(), st.integers(0, 1000))),
    max_size=8,
)


class RandomWalks(TestCase):
    """Whatever ends are reported, in whatever order and however often."""

    @settings(max_examples=60)
    @given(reports=REPORTS, twice=st.booleans())
    def test_the_ledger_follows_from_the_end_that_stands(self, reports, twice):
        order = make.placed()
        state, target = Status.PENDING, Decimal(0)
        for status, undelivered in reports:
            ending = Ending(order.pk, status, undelivered=undelivered)
            for _ in range(1 + twice):
                close_many([ending], now=make.NOW)
            if status in NEXT[state]:
                wanted = refund_target(
                    charge=order.charge, rate=order.rate, units=order.units, ending=ending
                )
                state, target = Status(status), max(target, wanted)
        order = Order.objects.get(pk=order.pk)
        entries = sum(
            order.entries.filter(kind="refund").values_list("amount", flat=True), Decimal(0)
        )
        assert (order.status, order.refunded, entries) == (state, target, target)
        assert order.customer.balance == Decimal(100) - order.charge + target
