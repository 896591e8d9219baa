"""Faults: their scope, and the ones that no client test uses."""

from decimal import Decimal

import pytest

from providers import client
from providers.client import Accepted, Refused
from providers.sandbox.faults import Fault, UnknownFault
from providers.wire import Problem
from tests.providers.conftest import ORDER, place, place_many, report


def test_a_fault_strikes_as_often_as_it_was_told(box, conn):
    box.fault("refuse", "Bad link", action="add", times=2)
    kinds = [type(client.add(conn, ORDER)) for _ in range(3)]
    assert kinds == [Refused, Refused, Accepted]


def test_a_fault_strikes_only_its_action_service_and_key(box, conn):
    box.fault("refuse", "No", action="add", service=4)
    box.fault("refuse", "No", key="somebody else")
    assert client.balance(conn)
    assert isinstance(client.add(conn, ORDER), Accepted)
    assert isinstance(client.add(conn, {**ORDER, "service": "4", "comments": "a"}), Refused)


def test_a_fault_strikes_with_its_probability(box, conn):
    box.fault("refuse", "No", action="add", probability=0.5)
    refused = sum(isinstance(client.add(conn, ORDER), Refused) for _ in range(60))
    assert 10 < refused < 50


def test_a_cleared_fault_strikes_no_more(box, conn):
    first = box.fault("refuse", "No", action="add")
    box.fault("latency_ms", 1)
    box.clear(first)
    assert isinstance(client.add(conn, ORDER), Accepted)
    box.clear()
    assert box.provider.faults.active == []


def test_an_unknown_fault_is_named():
    with pytest.raises(UnknownFault, match="no_such_fault"):
        Fault("no_such_fault")


def test_a_list_can_be_repriced_shrunk_and_renamed(box, conn):
    before = client.services(conn).offers
    box.fault("price_factor", 2, action="services")
    box.fault("renamed", "NEW", action="services")
    box.fault("shrink", 10, action="services")
    after = client.services(conn).offers
    assert len(after) == 10
    assert after[0].cost == before[0].cost * 2
    assert after[0].name == f"{before[0].name} NEW"


def test_b12_an_id_can_be_used_again(box, conn):
    first = place(conn)
    box.fault("reuse_id", int(first), action="add", times=1)
    assert place(conn, link="https://example.com/b") == first
    assert len(box.orders()) == 2


def test_c21_all_orders_can_be_reported_as_canceled(box, conn):
    ids = place_many(conn, 3)
    box.fault("unknown_word", "Canceled", action="status")
    assert {report(conn, one).word for one in ids} == {"Canceled"}


def test_a_whole_report_can_be_replaced_by_anything(box, conn):
    ids = place_many(conn, 2)
    box.report(ids[0], instead="Incorrect order ID")
    assert client.statuses(conn, ids)[ids[0]] == Problem("Incorrect order ID")


def test_a_raw_body_and_a_raw_value_can_be_given(box, conn):
    box.fault("raw", '{"balance": 1e-3, "currency": "usdt"}', action="balance", times=1)
    assert client.balance(conn) == (Decimal("0.001"), "USDT")
    box.clear()
    box.fault("json", {"balance": 7}, action="balance")
    assert client.balance(conn) == (Decimal(7), "")


def test_latency_is_added(box, conn):
    box.fault("latency_ms", 150, action="add")
    assert client.add(conn, ORDER).elapsed_ms >= 150


def test_reset_forgets_orders_faults_and_counters_but_never_uses_an_id_again(box, conn):
    first = place(conn)
    box.fault("refuse", "No")
    box.reset()
    assert (box.orders(), box.calls("add"), box.balance()) == ([], 0, Decimal(1_000_000))
    assert int(place(conn)) > int(first)
