"""Replies to add, refill, cancel and balance."""

from decimal import Decimal

import pytest

from providers.wire import (
    AddReply,
    Document,
    Problem,
    Requested,
    SaysError,
    Unreadable,
    read_add,
    read_balance,
    read_cancels,
    read_refills,
)


@pytest.mark.parametrize(
    "value",
    [
        *({"order": 23501}, {"order": "23501"}, {"order_id": 23501}, {"id": "23501"}),
        *({"data": {"order": 23501}}, {"status": "success", "data": {"id": 23501}}),
        {"order": 23501, "charge": "0.1", "error": None},
    ],
)
def test_an_order_id_is_found_wherever_it_stands(value):
    assert read_add(Document(value)) == AddReply(upstream_id="23501")


@pytest.mark.parametrize("order", [0, None, "", False, -1, "-1", [1], "9" * 200, {"id": 1}])
def test_b10_success_without_a_usable_id_is_not_success(order):
    assert read_add(Document({"order": order})) == AddReply()
    assert read_add(Document({"order": order, "id": 7})) == AddReply()


@pytest.mark.parametrize(
    "value", [None, [], "Bad link", 5, {}, {"status": "success"}, [{"order": 1}]]
)
def test_b10_what_says_nothing_is_neither_accepted_nor_refused(value):
    assert read_add(Document(value)) == AddReply()


def test_b11_an_order_id_beside_an_error_is_accepted_with_a_warning():
    reply = read_add(Document({"order": 5, "error": "Low balance"}))
    assert reply == AddReply(upstream_id="5", error="Low balance")


def test_b11_a_plain_id_beside_an_error_may_be_any_id_and_decides_nothing():
    assert read_add(Document({"id": "5", "error": "x"})) == AddReply(hint="5")


def test_b9_an_error_without_an_id_is_a_refusal():
    assert read_add(Document({"error": "Bad link"})) == AddReply(error="Bad link")
    assert read_add(Document({"order": None, "error": "Bad link"})) == AddReply(error="Bad link")


def test_b6_an_id_behind_noise_is_only_a_hint():
    assert read_add(Document({"order": 5}, noise="Warning")) == AddReply(hint="5")
    assert read_add(Document({"error": "x"}, noise="Warning")) == AddReply()


def test_refills_are_read_alone_and_in_lists():
    assert read_refills(Document({"refill": "1"}), ["5"]) == {"5": Requested("1")}
    answer = [
        {"order": 1, "refill": 1},
        {"order": 3, "refill": {"error": "Incorrect order ID"}},
        {"order": 99, "refill": 7},
        {"refill": 8},
    ]
    assert read_refills(Document(answer), ["1", "2", "3"]) == {
        "1": Requested("1"),
        "3": Problem("Incorrect order ID"),
    }


@pytest.mark.parametrize(
    "value", [{"refill": {"error": "No"}}, {"refill": "Declined"}, {"refill": 0}]
)
def test_a_refill_without_a_reference_is_a_problem(value):
    assert isinstance(read_refills(Document(value), ["5"])["5"], Problem)


def test_a_refill_about_another_order_says_nothing_about_ours():
    assert read_refills(Document({"order": 6, "refill": 1}), ["5"]) == {}


def test_c19_each_cancel_of_a_batch_is_read_for_itself():
    answer = [
        {"order": 1, "cancel": 1},
        {"order": "2", "cancel": "1"},
        {"order": 3, "cancel": True},
        {"order": 9, "cancel": {"error": "Incorrect order ID"}},
        {"order": 4, "cancel": 0},
        {"order": 6, "error": "Too late"},
    ]
    results = read_cancels(Document(answer), ["1", "2", "3", "4", "5", "6", "9"])
    assert {one for one, result in results.items() if isinstance(result, Requested)} == {
        "1",
        "2",
        "3",
    }
    assert results["9"] == Problem("Incorrect order ID")
    assert results["6"] == Problem("Too late")
    assert isinstance(results["4"], Problem)
    assert "5" not in results


def test_answers_keyed_by_id_are_read_too():
    answer = {"1": {"cancel": 1}, "2": {"error": "No"}, "3": 1}
    results = read_cancels(Document(answer), ["1", "2", "3"])
    assert results == {"1": Requested("1"), "2": Problem("No"), "3": Requested("1")}


def test_one_error_for_all_is_the_failure_of_the_call():
    for value in ({"error": "Invalid API key"}, [{"error": "Invalid API key"}]):
        with pytest.raises(SaysError):
            read_cancels(Document(value), ["1", "2"])
    with pytest.raises(Unreadable):
        read_cancels(Document(5), ["1"])


@pytest.mark.parametrize(
    ("value", "balance"),
    [
        ({"balance": "100.84292", "currency": "USD"}, ("100.84292", "USD")),
        ({"balance": 5, "currency": "usd"}, ("5", "USD")),
        ({"status": "success", "data": {"balance": "-1.5"}}, ("-1.5", "")),
    ],
)
def test_a_balance_is_read(value, balance):
    assert read_balance(Document(value)) == (Decimal(balance[0]), balance[1])


@pytest.mark.parametrize("value", [{}, {"balance": "much"}, None, [], {"balance": "1,234.5"}])
def test_a_balance_that_is_no_number_is_unreadable(value):
    with pytest.raises(Unreadable):
        read_balance(Document(value))


def test_an_error_is_no_balance():
    with pytest.raises(SaysError):
        read_balance(Document({"error": "Invalid API key"}))
