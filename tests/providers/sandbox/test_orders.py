"""The sandbox takes orders of every type, delivers them in time-lapse and keeps its accounts."""

from decimal import Decimal

import pytest

from providers import client
from providers.client import Accepted, Connection, Refused
from providers.sandbox import Sandbox
from providers.sandbox.catalogue import TYPES
from providers.sandbox.service import AccountSpec
from providers.wire import Problem, UpstreamState
from tests.providers.conftest import ORDER, place, report, to

FIELDS = {
    "quantity": "100",
    "keywords": "a\nb",
    "comments": "one\ntwo\n\nthree",
    "usernames": "ann\nbob",
    "hashtags": "x\ny",
    "hashtag": "x",
    "username": "ann",
    "media": "https://example.com/m",
    "min": "10",
    "max": "20",
    "delay": "5",
    "posts": "3",
    "answer_number": "2",
    "groups": "g1\ng2",
    "country": "DE",
    "device": "1",
    "type_of_traffic": "3",
    "custom_data": "free text",
    "link": "https://example.com/a",
}


def order_of(number: int) -> dict[str, str]:
    kind = list(TYPES.values())[number - 1]
    extra = ("posts",) if "delay" in kind.needs else ()
    return {"service": str(number), **{name: FIELDS[name] for name in (*kind.needs, *extra)}}


@pytest.mark.parametrize("number", range(1, 19))
def test_every_type_is_accepted_and_delivered(box, conn, number):
    outcome = client.add(conn, order_of(number))
    assert isinstance(outcome, Accepted), outcome
    assert box.orders()[0]["params"] == order_of(number)
    box.advance(100_000)
    assert report(conn, outcome.upstream_id).state is UpstreamState.COMPLETED


@pytest.mark.parametrize("number", range(1, 19))
def test_every_type_misses_each_of_its_fields(box, conn, number):
    for name in list(TYPES.values())[number - 1].needs:
        fields = order_of(number)
        del fields[name]
        assert isinstance(client.add(conn, fields), Refused)
    assert box.orders() == []


def test_the_charge_is_the_rate_of_a_thousand_or_of_a_package(box, conn):
    client.add(conn, ORDER)
    package = box.provider.catalogue.services[2]
    client.add(conn, order_of(2))
    charges = [Decimal(order["charge"]) for order in box.orders()]
    assert charges == [Decimal("0.09"), package.rate]


def test_an_order_goes_through_all_states_in_its_time(box, conn):
    one = place(conn)
    seen = []
    for _ in range(14):
        seen.append((report(conn, one).word, report(conn, one).remains))
        box.advance(60)
    words = [word for word, _ in seen]
    assert list(dict.fromkeys(words)) == ["Pending", "Processing", "In progress", "Completed"]
    remains = [left for _, left in seen if left is not None]
    assert remains == sorted(remains, reverse=True)
    assert (len(remains), remains[0], remains[-1]) == (14, 100, 0)


def test_drip_feed_delivers_run_by_run(box, conn):
    one = place(conn, runs="3", interval="60")
    assert report(conn, one).remains == 300
    box.advance(120 + 600 + 2_900)
    middle = report(conn, one)
    assert (middle.state, middle.remains, middle.runs) == (UpstreamState.IN_PROGRESS, 200, 1)
    box.advance(100_000)
    assert (report(conn, one).state, report(conn, one).runs) == (UpstreamState.COMPLETED, 3)


def test_a_subscription_reports_its_posts(box, conn):
    one = place(conn, **order_of(11))
    assert (report(conn, one).state, report(conn, one).posts) == (UpstreamState.ACTIVE, 0)
    box.advance(120 + 600)
    running = report(conn, one)
    assert (running.posts, len(running.orders), running.charge) == (2, 2, None)
    box.advance(600)
    assert report(conn, one).state is UpstreamState.COMPLETED


def test_a_subscription_without_posts_runs_until_it_is_canceled(box, conn):
    fields = order_of(11)
    del fields["posts"]
    one = place(conn, **fields)
    box.advance(120 + 50 * 600)
    assert (report(conn, one).state, report(conn, one).posts) == (UpstreamState.ACTIVE, 51)
    client.cancel(conn, [one])
    box.advance(10_000)
    assert (report(conn, one).state, report(conn, one).posts) == (UpstreamState.CANCELED, 51)


def test_some_services_end_partial_or_canceled_and_money_comes_back(box, conn):
    services = box.provider.catalogue.services.values()
    plans = {
        plan: next(one for one in services if one.plan == plan and one.type == "Default")
        for plan in ("partial", "canceled")
    }
    before = box.balance()
    ids = {
        plan: place(conn, service=str(service.id), quantity="1000")
        for plan, service in plans.items()
    }
    box.advance(100_000)
    partial, canceled = report(conn, ids["partial"]), report(conn, ids["canceled"])
    assert (partial.state, partial.remains) == (UpstreamState.PARTIAL, 400)
    assert (canceled.state, canceled.remains, canceled.charge) == (
        UpstreamState.CANCELED,
        1000,
        Decimal(0),
    )
    assert partial.charge == plans["partial"].rate * 600 / 1000
    assert client.balance(conn)[0] == before - partial.charge


def test_a_cancel_under_way_ends_partial_with_what_was_delivered(box, conn):
    one = place(conn)
    box.advance(120 + 300)
    client.cancel(conn, [one])
    box.advance(1_000)
    assert (report(conn, one).state, report(conn, one).remains) == (UpstreamState.PARTIAL, 50)


def test_orders_belong_to_the_key_that_placed_them():
    accounts = (AccountSpec("key-of-anna"), AccountSpec("key-of-bert", Decimal(5), "EUR"))
    with Sandbox(accounts=accounts) as box:
        anna, bert = (to(box.url, api_key=account.key) for account in accounts)
        one = place(anna)
        assert client.statuses(bert, [one]) == {one: Problem("Incorrect order ID")}
        assert client.balance(bert) == (Decimal(5), "EUR")
        expensive = client.add(bert, {**ORDER, "quantity": "10000"})
        assert isinstance(expensive, Refused)
        assert expensive.error == "Not enough funds on balance"


def test_a_repeated_order_is_noticed(box, conn):
    client.add(conn, ORDER)
    assert box.repeated() == []
    client.add(conn, ORDER)
    assert len(box.repeated()) == 1


def test_the_catalogue_is_the_same_for_the_same_seed_and_mixed_in_its_flags():
    with Sandbox(services=300) as first, Sandbox(services=300) as second:
        lists = [client.services(to(box.url, api_key=box.key)) for box in (first, second)]
    assert lists[0].offers == lists[1].offers
    assert {offer.refill for offer in lists[0].offers} == {True, False}
    assert {offer.dripfeed for offer in lists[0].offers} == {True, False}


def test_a_wrong_key_and_a_missing_action_are_errors_of_the_protocol(box):
    stranger = Connection(url=box.url, api_key="stranger", allow_private_address=True)
    with pytest.raises(client.ProviderFailed, match="Invalid API key"):
        client.balance(stranger)
