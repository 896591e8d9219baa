"""Panel A buys from panel B over HTTP, B from the sandbox: every type there and all the way back.

A runs with broker, worker and clock; B with `work` alone and no broker anywhere.
"""

import urllib.error
import urllib.request
from collections import Counter
from decimal import Decimal

import pytest

from providers.sandbox import Sandbox
from tests.whole.chain import opened
from tests.whole.inputs import INPUTS, fields_for
from tests.whole.instance import Instance, until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("whole")]

PAID_IN = Decimal(250)
DELIVERED_S = 100_000
CANCELED_AFTER_S = 61
UNDELIVERED = 125


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    a, b = Instance("a", folder / "a"), Instance("b", folder / "b", has_broker=False)
    try:
        with Sandbox(services=60) as box:
            yield opened(a, b, box)
    finally:
        a.stop()
        b.stop()


@pytest.fixture(scope="module")
def delivered(chain):
    """One order of every type, and one for each way an order can end; then time passes."""
    for number, order_type in enumerate(INPUTS, start=1):
        chain.place(
            order_type, number, **fields_for(order_type, link=f"https://a.example/{number}")
        )
    for name in ("partial", "canceled by the provider", "canceled by wish"):
        chain.place(name, 1, link=f"https://a.example/{name.replace(' ', '-')}", quantity=500)
    chain.place("drip", 1, link="https://a.example/drip", quantity=100, runs=3, interval=10)
    chain.until_at_sandbox()

    wish = chain.placed["canceled by wish"]
    assert chain.a.call(chain.key, "cancel", orders=wish) == [{"order": wish, "cancel": 1}]
    until(lambda: chain.box.calls("cancel") == 1, told=chain.told)
    chain.box.advance(CANCELED_AFTER_S)
    chain.box.report(chain.sandbox_id("partial"), status="Partial", remains=str(UNDELIVERED))
    chain.box.report(chain.sandbox_id("canceled by the provider"), status="Canceled")
    chain.until_word("canceled by wish", "Canceled")
    chain.box.advance(DELIVERED_S)
    for name in chain.placed:
        chain.until_word(name, _expected_word(name))
    return chain


def _expected_word(name):
    return "Partial" if name == "partial" else "Canceled" if "cancel" in name else "Completed"


def _expected_refund(name, charge, rate):
    if "cancel" in name:
        return charge
    return rate * UNDELIVERED / 1000 if name == "partial" else Decimal(0)


def test_every_type_arrives_exactly_once_with_what_was_filled_in(delivered):
    received = delivered.box.orders()

    assert delivered.box.repeated() == []
    assert delivered.box.calls("add") == len(received) == len(delivered.placed)
    by_id = {str(order["order"]): order["params"] for order in received}
    for number, order_type in enumerate(INPUTS, start=1):
        wanted = fields_for(order_type, link=f"https://a.example/{number}")
        got = by_id[delivered.sandbox_id(order_type)]
        assert _lines(got) == _lines({**wanted, "service": str(number)}), order_type


def _lines(fields):
    return {name: value.splitlines() for name, value in fields.items()}


def test_money_is_right_to_the_last_digit_on_both_panels(delivered):
    query = "SELECT id, charge, refunded, rate FROM orders_order"
    ours = {order_id: row for order_id, *row in delivered.a.rows(query)}
    theirs = {order_id: row for order_id, *row in delivered.b.rows(query)}
    upstream = dict(delivered.a.rows("SELECT id, upstream_id::bigint FROM orders_order"))

    for name, order_id in delivered.placed.items():
        for charge, refunded, rate in (ours[order_id], theirs[upstream[order_id]]):
            assert charge > 0
            assert refunded == _expected_refund(name, charge, rate), name
    for panel, orders in ((delivered.a, ours), (delivered.b, theirs)):
        spent = sum(charge - refunded for charge, refunded, _ in orders.values())
        assert panel.balance() == PAID_IN - spent


def test_what_an_order_costs_a_is_what_b_charged(delivered):
    costs = delivered.a.rows("SELECT upstream_id::bigint, cost FROM orders_order")
    charges = delivered.b.rows("SELECT id, charge FROM orders_order")
    bs_costs = delivered.b.rows("SELECT upstream_id::bigint, cost FROM orders_order")
    taken = [(order["order"], Decimal(order["charge"])) for order in delivered.box.orders()]

    assert sorted(costs) == sorted(charges)
    assert sorted(bs_costs) == sorted(taken)


def test_both_books_are_proven_and_nothing_needs_a_person(delivered):
    assert delivered.a.is_proven()
    assert delivered.b.is_proven()
    for panel in (delivered.a, delivered.b):
        assert panel.rows("SELECT order_id, reason, evidence FROM orders_review") == []
        outcomes = Counter(
            dict(panel.rows("SELECT outcome, count(*) FROM orders_attempt GROUP BY 1"))
        )
        assert outcomes == {"accepted": len(delivered.placed) + 1}  # and the wish to cancel


def test_a_refill_goes_down_to_the_sandbox_and_its_end_comes_back(delivered):
    a, b, box, key = delivered.a, delivered.b, delivered.box, delivered.key
    order_id = delivered.placed["SEO"]
    assert "24 hours" in a.call(key, "refill", order=order_id)["error"]
    for panel in (a, b):
        panel.rows("UPDATE orders_order SET closed_at = closed_at - interval '25 hours'")

    refill_id = a.call(key, "refill", order=order_id)["refill"]
    until(lambda: box.calls("refill") == 1)
    box.advance(DELIVERED_S)

    def is_completed():
        b.let_time_pass()
        a.let_time_pass()
        return a.call(key, "refill_status", refill=refill_id)["status"] == "Completed"

    until(is_completed)
    assert box.calls("refill") == 1


def test_no_job_is_late_and_no_order_waits_on_either_panel(delivered):
    for panel in (delivered.a, delivered.b):
        until(lambda panel=panel: panel.health()["jobs"]["late"] == [])
        assert panel.health() == {
            "database": "ok",
            "jobs": {"state": "ok", "late": [], "oldest_due_s": 0},
        }


@pytest.fixture(scope="module")
def careless(delivered):
    """Customers and a provider who do with keys what nobody should."""
    a, b, box, key = delivered.a, delivered.b, delivered.box, delivered.key
    for url in ("/api/v2", "/api/v2/", "/services/", "/nowhere/"):
        for word in ("key", "api_key", "token"):
            _get(f"{a.url}{url}?{word}={key}&action=balance")
    a.call(f"{key}x", "balance")
    said = f"<h1>Bad request: key={box.key}&action=add {box.key}</h1>"
    box.fault("http", {"status": 500, "body": said}, action="add", times=1)
    fields = fields_for("Default", link="https://a.example/careless")
    order_id = a.call(key, "add", service=delivered.service(1), **fields)["order"]
    until(lambda: b.statuses().get("unconfirmed") == 1, told=delivered.told)
    upstream = int(
        until(lambda: a.one("SELECT upstream_id FROM orders_order WHERE id = %s", order_id))
    )
    b.manage("resolve", str(upstream), "refund")
    return delivered


def _get(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as reply:
            reply.read()
    except urllib.error.HTTPError as error:
        error.read()


def test_g12_no_key_stands_in_any_line_that_was_logged(careless):
    panels, secrets = (careless.a, careless.b), _secrets(careless)
    logs = [log for panel in panels for log in panel.folder.glob("*.log")]
    programs = [log for log in logs if log.name not in ("manage.log", "broker.log")]

    assert {log.name for log in programs} == {"web.log", "worker.log", "clock.log", "work.log"}
    assert "/services/" in careless.a.log("web").read_text(), "requests are logged"
    for log in programs:
        text = log.read_text()
        assert text, log
        assert not [name for name, secret in secrets.items() if secret in text], log


def test_s11_no_key_stands_in_any_row_of_either_panel(careless):
    for panel in (careless.a, careless.b):
        tables = panel.rows(
            "SELECT quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in tables:
            rows = panel.rows(f"SELECT t::text FROM {table} AS t")  # noqa: S608  named by itself
            text = "\n".join(row for (row,) in rows)
            assert not [name for name, one in _secrets(careless).items() if one in text], table


def _secrets(chain):
    return {
        "the customer's key": chain.key,
        "our key at the provider": chain.box.key,
        "our account at the other panel": chain.account,
        "SECRET_KEY": chain.a.environment["SECRET_KEY"],
        "FIELD_KEYS": chain.a.environment["FIELD_KEYS"],
    }
