"""Refill and cancel: changing calls with the same four outcomes."""

import pytest

from providers import client
from providers.client import Answered, Refused, Silent, Unreachable
from providers.wire import Problem, Requested, UpstreamState
from tests.providers.conftest import place_many, report, to


def test_a_refill_is_requested_alone_and_for_many(box, conn):
    ids = place_many(conn, 3)
    box.advance(10_000)
    alone = client.refill(conn, ids[:1])
    many = client.refill(conn, [*ids[1:], "555"])
    assert isinstance(alone, Answered)
    assert isinstance(alone.results[ids[0]], Requested)
    assert isinstance(many, Answered)
    assert many.results["555"] == Problem("Incorrect order ID")
    taken = [many.results[one] for one in ids[1:]]
    assert all(isinstance(one, Requested) for one in taken)
    assert taken[0] != taken[1]


def test_a_refill_of_one_that_is_refused_is_a_refusal(box, conn):
    (one,) = place_many(conn, 1)
    outcome = client.refill(conn, [one])
    assert isinstance(outcome, Refused)
    assert outcome.error == "The order is not completed"


def test_c19_a_cancel_is_a_request_and_the_status_comes_later(box, conn):
    (one,) = place_many(conn, 1)
    outcome = client.cancel(conn, [one, "555"])
    assert isinstance(outcome, Answered)
    assert outcome.results == {one: Requested("1"), "555": Problem("Incorrect order ID")}
    assert report(conn, one).state is UpstreamState.PENDING
    box.advance(100)
    assert report(conn, one).state is UpstreamState.CANCELED


@pytest.mark.parametrize("call", [client.refill, client.cancel])
@pytest.mark.parametrize(
    "fault", ["drop_after", "reset_after", "html200", "empty", "truncated", "php_warning", "no_id"]
)
def test_c17_a_call_without_a_plain_answer_is_silent(box, conn, call, fault):
    ids = place_many(conn, 2)
    box.advance(200)
    box.fault(fault)
    assert isinstance(call(conn, ids), Silent)
    assert box.calls(call.__name__) == 1


@pytest.mark.parametrize("call", [client.refill, client.cancel])
def test_the_other_outcomes_are_those_of_add(box, conn, call):
    assert isinstance(call(to("http://127.0.0.1:1/"), ["5"]), Unreachable)
    box.fault("refuse", "Invalid API key", times=1)
    assert isinstance(call(conn, ["5", "6"]), Refused)
    box.clear()
    box.fault("http", {"status": 429, "headers": {"Retry-After": "3"}}, times=1)
    limited = call(conn, ["5", "6"])
    assert isinstance(limited, Refused)
    assert limited.retry_after_s == 3
    box.clear()
    box.fault("http", 502, times=1)
    assert isinstance(call(conn, ["5", "6"]), Silent)


@pytest.mark.parametrize("call", [client.refill, client.cancel])
def test_an_id_that_is_not_spoken_of_is_absent(replies, call):
    name = call.__name__
    outcome = call(
        replies(f'[{{"order": 1, "{name}": 1}}, {{"order": 7, "{name}": 1}}]'), ["1", "2"]
    )
    assert isinstance(outcome, Answered)
    assert list(outcome.results) == ["1"]


@pytest.mark.parametrize("call", [client.refill, client.cancel])
@pytest.mark.parametrize("count", [0, 101])
def test_a_call_takes_one_to_a_hundred_ids(conn, call, count):
    with pytest.raises(ValueError, match="from 1 to 100"):
        call(conn, [str(number) for number in range(1, count + 1)])
