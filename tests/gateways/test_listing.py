"""Long lists without pages: read as they come, to the end or until there is enough."""

import itertools
import json
import random
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.payments.standing import State
from panel.gateways import listing
from panel.gateways.btcpay.refunding import OLD_IN_A_ROW, SLACK_S, made_since
from panel.gateways.listing import entries
from panel.gateways.protocol import GatewayFailed, RefundState
from tests.gateways.standins.server import Reply
from tests.gateways.worlds import AMOUNT, intent

LIST = "/pull-payments"
FIVE = Decimal("5.00")
NOW = 1_800_000_000
MANY = 12_000
OLD = NOW - SLACK_S - 1
TEXT = st.text(max_size=20)
ENTRY = st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.lists(TEXT, max_size=3)))


def cut(body, size):
    return [body[at : at + size] for at in range(0, len(body), size)]


@given(st.lists(ENTRY, max_size=8), st.integers(1, 40), st.sampled_from([None, 2]))
def test_a_list_is_the_same_in_whatever_pieces_it_comes(things, size, indent):
    body = json.dumps(things, ensure_ascii=False, indent=indent).encode()

    assert list(entries(cut(body, size))) == things


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b'{"id": 1}', b"[", b'[{"id": 1}', b'[{"id": 1},', b'[{"id"', b"[1, 2]"],
)
def test_what_is_no_whole_list_is_none(body):
    with pytest.raises(ValueError, match="list"):
        list(entries(cut(body, 3)))


def test_an_entry_without_an_end_is_given_up():
    endless = itertools.chain([b'[{"name": "'], itertools.repeat(b"x" * 65_536))

    with pytest.raises(ValueError, match="no entry"):
        list(entries(endless))


def test_a_list_is_never_whole_in_memory():
    row = json.dumps({"id": "x" * 1_000}).encode() + b","
    chunks = itertools.chain([b"["], itertools.repeat(row * 60, 400), [b"{}]"])
    tracemalloc.start()

    count = sum(1 for _ in entries(chunks))

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 24_001
    assert most < 2 * 1024 * 1024  # of 24 MB


def pulls(*moments):
    return [{"id": str(number), "startsAt": at} for number, at in enumerate(moments)]


def test_reading_ends_once_the_list_has_shown_its_order():
    source = iter(pulls(NOW + 5, NOW, *range(OLD, OLD - 5_000, -1)))

    young = list(made_since(source, NOW))

    assert [pull["startsAt"] for pull in young] == [NOW + 5, NOW]
    assert len(list(source)) == 5_000 - OLD_IN_A_ROW


def test_a_list_without_an_order_is_read_to_its_end():
    old = list(range(OLD, OLD - 5_000, -1))
    random.Random(7).shuffle(old)

    assert len(list(made_since(pulls(*old, NOW), NOW))) == 1


def test_a_list_that_begins_with_the_oldest_is_read_to_its_end():
    old = range(OLD - 5_000, OLD)

    assert len(list(made_since(pulls(*old, NOW), NOW))) == 1


@pytest.mark.parametrize("moment", [None, "soon", [], 1.5])
def test_what_does_not_say_when_it_was_made_is_looked_at(moment):
    assert list(made_since(pulls(OLD, moment), NOW)) == [{"id": "1", "startsAt": moment}]


def test_a_store_with_more_refunds_than_one_answer_holds_is_still_paid_and_refunded(btcpay):
    gateway = btcpay.gateway()
    created = gateway.create(intent())
    btcpay.pay(created)
    btcpay.standin.refund_others(MANY, last_at=NOW - 10**9)

    first = gateway.refund(created.reference, FIVE, "EUR", key="key-1")
    again = gateway.refund(created.reference, FIVE, "EUR", key="key-1")
    standing = gateway.fetch(created.reference)

    assert (first.state, first.reference) == (RefundState.DONE, again.reference)
    assert (standing.state, standing.paid, standing.refunded) == (State.PAID, AMOUNT, FIVE)


def test_a_list_in_the_servers_order_is_left_after_what_could_be_meant(btcpay, monkeypatch):
    gateway = btcpay.gateway()
    created = gateway.create(intent())
    btcpay.pay(created)
    btcpay.standin.refund_others(MANY, last_at=NOW - 10**9)
    btcpay.standin.lists_newest_first = True
    gateway.refund(created.reference, FIVE, "EUR", key="key-1")
    monkeypatch.setattr(listing, "LIST_MAX_BYTES", 512 * 1024)

    assert gateway.fetch(created.reference).refunded == FIVE


def test_a_list_beyond_all_measure_fails_as_one_call(btcpay, monkeypatch):
    gateway = btcpay.gateway()
    created = gateway.create(intent())
    btcpay.pay(created)
    btcpay.standin.refund_others(10, last_at=NOW)
    monkeypatch.setattr(listing, "LIST_MAX_BYTES", 1_000)

    with pytest.raises(GatewayFailed, match="longer than 1000 bytes"):
        gateway.fetch(created.reference)


@pytest.mark.parametrize("reply", [Reply(200, b'[{"name": "Ref'), Reply(200, b"{}"), Reply(500)])
def test_a_list_that_cannot_be_read_is_not_taken_for_an_empty_one(btcpay, reply):
    gateway = btcpay.gateway()
    created = gateway.create(intent())
    btcpay.pay(created)
    for look in (
        lambda: gateway.fetch(created.reference),
        lambda: gateway._refund(created.reference, FIVE, "EUR", "key-1"),
    ):
        btcpay.standin.fail_next("reply", path=LIST, reply=reply)
        with pytest.raises(GatewayFailed):
            look()
    assert btcpay.standin.pull_payments == []
