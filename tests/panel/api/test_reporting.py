"""``status`` and ``balance`` (API_V2 §1, §4.5 to §4.7, §4.9)."""

from decimal import Decimal
from typing import Any

import pytest

from orders import closing, ledger
from orders.lifecycle import Status
from orders.models import Order
from panel.models import Storefront
from tests import make

pytestmark = pytest.mark.django_db
FIVE = ["charge", "start_count", "status", "remains", "currency"]
UNKNOWN = {"error": "Incorrect order ID"}


def _reported(order, **columns):
    Order.objects.filter(pk=order.pk).update(**columns)
    return order


def test_the_balance_has_every_digit_and_the_panels_currency(ask, buyer):
    Storefront.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    make.top_up(buyer, "0.84292001")

    assert ask("balance") == {"balance": "100.84292001", "currency": "EUR"}


def test_status_answers_exactly_the_five_keys(ask, buyer):
    order = make.placed(customer=buyer, service=make.service(rate="0.3243"))
    _reported(order, start_count=3572)
    closing.close(order.pk, Status.PARTIAL, undelivered=157, now=make.NOW)

    assert ask("status", order=order.pk) == {
        "charge": "0.2733849",
        "start_count": "3572",
        "status": "Partial",
        "remains": "157",
        "currency": "USD",
    }
    assert list(ask("status", order=order.pk)) == FIVE


def test_the_charge_is_what_the_order_costs_by_now(ask, buyer):
    order = make.placed(customer=buyer)
    assert ask("status", order=order.pk)["charge"] == "1.2"

    closing.close(order.pk, Status.CANCELED, now=make.NOW)
    assert ask("status", order=order.pk)["charge"] == "0"


def test_small_charges_have_no_exponent(ask, buyer):
    order = make.placed(customer=buyer, service=make.service(rate="0.00001"), quantity=10)

    assert ask("status", order=order.pk)["charge"] == "0.0000001"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (Status.PENDING, "Pending"),
        (Status.SUBMITTING, "Pending"),
        (Status.UNCONFIRMED, "Pending"),
        (Status.PROCESSING, "Processing"),
        (Status.IN_PROGRESS, "In progress"),
        (Status.COMPLETED, "Completed"),
        (Status.PARTIAL, "Partial"),
        (Status.CANCELED, "Canceled"),
    ],
)
def test_a_state_has_one_of_six_words(ask, buyer, state, word):
    order = _reported(make.placed(customer=buyer), status=state)

    assert ask("status", order=order.pk)["status"] == word


@pytest.mark.parametrize(
    ("state", "remains"),
    [(Status.PENDING, "1000"), (Status.COMPLETED, "0"), (Status.CANCELED, "1000")],
)
def test_remains_and_start_count_are_figures_before_anybody_reported_them(
    ask, buyer, state, remains
):
    order = _reported(make.placed(customer=buyer), status=state)
    report = ask("status", order=order.pk)

    assert (report["remains"], report["start_count"]) == (remains, "0")


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (Status.PENDING, "Active"),
        (Status.IN_PROGRESS, "Active"),
        (Status.PAUSED, "Paused"),
        (Status.EXPIRED, "Expired"),
        (Status.COMPLETED, "Completed"),
        (Status.CANCELED, "Canceled"),
    ],
)
def test_a_subscription_tells_its_posts_in_its_own_words(ask, buyer, state, word):
    subscription = make.service(type="Subscriptions")
    inputs: dict[str, Any] = {"username": "someone", "min": 100, "max": 200, "posts": 5, "delay": 0}
    order = make.placed(customer=buyer, service=subscription, **inputs, expiry="01/06/2026")
    report = ask("status", order=_reported(order, status=state, served=3).pk)

    assert report["status"] == word
    assert (report["posts"], report["expiry"], report["orders"]) == ("3", "01/06/2026", [])
    assert list(report)[:5] == FIVE


def test_many_orders_are_keyed_as_the_client_wrote_them(ask, buyer):
    first, second = make.placed(customer=buyer), make.placed(customer=buyer)

    reports = ask("status", orders=f"{first.pk}, 0{second.pk},abc,999999999,-1,")

    assert list(reports) == [str(first.pk), f"0{second.pk}", "abc", "999999999", "-1"]
    assert list(reports[str(first.pk)]) == list(reports[f"0{second.pk}"]) == FIVE
    assert reports["abc"] == reports["999999999"] == reports["-1"] == UNKNOWN


def test_one_id_in_orders_is_answered_as_many(ask, buyer):
    order = make.placed(customer=buyer)

    assert list(ask("status", orders=order.pk)) == [str(order.pk)]


def test_ids_beyond_the_hundredth_get_an_error_of_their_own(ask, buyer):
    own = [make.placed(customer=buyer, link=f"https://example.com/{n}").pk for n in range(2)]
    ids = [own[0], *range(10**9, 10**9 + 99), own[1], 5]

    reports = ask("status", orders=",".join(str(one) for one in ids))

    assert len(reports) == 102
    assert list(reports[str(own[0])]) == FIVE
    assert reports[str(own[1])] == reports["5"] == {"error": "At most 100 ids at once"}


def test_a_hundred_orders_are_one_statement(client, key, buyer, django_assert_num_queries):
    service = make.service(rate="0.1")
    ids = [make.placed(customer=buyer, service=service).pk for _ in range(100)]
    sent = {"key": key, "action": "status", "orders": ",".join(map(str, ids))}
    client.post("/api/v2", sent)

    with django_assert_num_queries(2):  # with the one that knows the key
        reports = client.post("/api/v2", sent).json()
    assert all(list(report) == FIVE for report in reports.values())


def test_s1_another_customers_order_reads_as_one_that_does_not_exist(ask, buyer):
    foreign = make.placed()

    assert ask("status", order=foreign.pk) == UNKNOWN
    assert ask("status", orders=foreign.pk) == {str(foreign.pk): UNKNOWN}


@pytest.mark.parametrize("sent", [{}, {"order": ""}, {"orders": ","}])
def test_status_of_nothing_is_an_incorrect_request(ask, sent):
    assert ask("status", **sent) == {"error": "Incorrect request"}


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "٣", "9" * 40, "0"])
def test_an_id_that_cannot_be_one_is_incorrect(ask, text):
    assert ask("status", order=text) == UNKNOWN


def test_metered_charges_count_as_charge(ask, buyer):
    subscription = make.service(type="Subscriptions", rate="1")
    inputs: dict[str, Any] = {"username": "someone", "min": 100, "max": 200, "delay": 0}
    order = make.placed(customer=buyer, service=subscription, **inputs)
    assert ask("status", order=order.pk)["charge"] == "0"

    ledger.meter(order.pk, Decimal("0.2"))
    assert ask("status", order=order.pk)["charge"] == "0.2"
