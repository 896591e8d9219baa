"""What a customer pays: the right price for what was read, or nothing (FAILURES A6 to A17)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import closing, placing, pricing
from orders.ledger import InsufficientBalance, MayNotSpend
from orders.lifecycle import Status
from orders.models import Customer, CustomerRate, Order, Service
from orders.order_types import ORDER_TYPES, Billing, InvalidInputs, Limits, read
from tests import make
from tests.orders.buying import LINK, balance, place
from tests.orders.races import while_it_waits

pytestmark = pytest.mark.django_db
race = pytest.mark.django_db(transaction=True)


def test_a6_a_dearer_rate_than_shown_is_not_charged():
    buyer, service = make.customer(), make.service(rate="2.4")

    with pytest.raises(placing.PriceChanged):
        place(buyer, service, shown_rate=Decimal("1.2"))
    assert balance(buyer) == 100


def test_a6_a_cheaper_rate_than_shown_is_charged():
    placed = place(make.customer(), make.service(rate="0.6"), shown_rate=Decimal("1.2"))

    assert placed.charge == Decimal("0.6")


def test_a6_the_rate_of_a_placed_order_stays():
    placed = place(make.customer(), make.service(rate="1.2"))
    Service.objects.update(listed_rate=Decimal(9))

    assert Order.objects.get(pk=placed.order_id).rate == Decimal("1.2")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"listed_min": 2000}, "quantity"),
        ({"listed_max": 500}, "quantity"),
        ({"type": "SEO"}, "keywords"),
    ],
)
def test_a7_a_service_that_changed_meanwhile_is_read_anew(change, field):
    service = make.service()
    Service.objects.filter(pk=service.pk).update(**change)

    with pytest.raises(InvalidInputs) as refused:
        place(make.customer(), service)
    assert [error.field for error in refused.value.errors] == [field]


def test_a7_what_is_no_longer_sold_is_refused():
    off, hidden = (
        make.service(is_active=False),
        make.service(category=make.category(is_active=False)),
    )
    gone = make.service(offers=[make.offer(make.provider(), is_gone=True)])
    paused = make.service(offers=[make.offer(make.provider(is_active=False))])

    for service in (off, hidden, gone, paused):
        with pytest.raises(placing.ServiceUnavailable):
            place(make.customer(), service)
    assert not Order.objects.exists()


def test_a9_a_charge_beyond_what_an_amount_can_hold_is_refused_by_name():
    service = make.service(rate="9999999999", listed_max=10**15)

    with pytest.raises(placing.ChargeTooLarge):
        place(make.customer(), service, quantity="999999999")


@given(st.lists(st.text(max_size=20), max_size=20), st.sampled_from(["\n", "\r\n", "\r", "\\n"]))
def test_a10_as_many_lines_are_sent_as_are_charged(comments, newline):
    raw = {"link": LINK, "comments": newline.join(comments)}
    try:
        entered = read(
            ORDER_TYPES["Custom Comments"], raw, limits=Limits(1, 10**6), today=make.NOW.date()
        )
    except InvalidInputs:
        return
    sent = entered.inputs["comments"].split("\n")
    assert len(sent) == entered.quantity == entered.units
    assert all(line == line.strip() != "" for line in sent)


def test_a11_drip_feed_is_charged_for_all_its_runs():
    service = make.service(rate="1.2", listed_dripfeed=True)

    placed = place(make.customer(), service, quantity="1000", runs="5", interval="30")

    assert placed.charge == Decimal(6)
    order = Order.objects.get(pk=placed.order_id)
    assert (order.quantity, order.runs, order.units) == (1000, 5, 5000)


@pytest.mark.parametrize(
    "title", [row.title for row in ORDER_TYPES.values() if row.billing is Billing.PACKAGE]
)
def test_a12_a_package_costs_its_rate_once(title):
    service = make.service(rate="5", type=title)

    placed = place(make.customer(), service, comments="one\ntwo\nthree")

    assert placed.charge == 5


def test_a13_a_service_held_for_its_margin_is_not_sold():
    with pytest.raises(placing.ServiceUnavailable):
        place(make.customer(), make.service(unavailable="margin"))


def test_a14_a_discount_lowers_the_rate_and_rounds_it_up_once():
    buyer = make.customer(discount=Decimal("33.333"))

    placed = place(buyer, make.service(rate="0.00002"), quantity="1000")

    assert placed.charge == Decimal("0.00002")  # 0.0000133334 raised to five decimals
    assert pricing.customer_rate(Decimal(3), discount=Decimal("33.333"), own=None) == Decimal(
        "2.00001"
    )


def test_a14_an_own_rate_stands_before_list_and_discount():
    buyer, service = make.customer(discount=Decimal(50)), make.service(rate="10")
    CustomerRate.objects.create(customer=buyer, service=service, rate=Decimal("0.7"))

    assert place(buyer, service).charge == Decimal("0.7")


@race
def test_a16_a_customer_suspended_while_ordering_buys_nothing():
    buyer, service = make.customer(), make.service()

    with while_it_waits(lambda: place(buyer, service)) as outcome:
        Customer.objects.filter(pk=buyer.pk).update(status=Customer.Status.SUSPENDED)

    assert isinstance(outcome.exception(), MayNotSpend)
    assert not Order.objects.exists()


def test_a17_a_lowered_credit_limit_stops_spending_and_nothing_else():
    buyer = make.customer(balance="0", credit_limit=Decimal(10))
    service = make.service(rate="6")
    first = place(buyer, service)
    Customer.objects.filter(pk=buyer.pk).update(credit_limit=Decimal(1))

    with pytest.raises(InsufficientBalance):
        place(buyer, service, link=f"{LINK}/2")
    make.top_up(buyer, "1")
    closing.close(first.order_id, Status.PARTIAL, undelivered=500, now=make.NOW)
    assert balance(buyer) == Decimal(-2)
