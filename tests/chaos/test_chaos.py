"""Servers and workers that die at the worst moment: every order goes once, the book is proven."""

import os
import signal

import pytest

from tests.whole.instance import until

pytestmark = [pytest.mark.slow, pytest.mark.chaos, pytest.mark.xdist_group("trial")]

BROKER_DEATHS = 4
CROWD = 15
CONCURRENCY = 16
STALE_S = 8  # twenty times what a call takes then
ANSWER_S = 4
SILENCE_S = 60


def once(order_ids):
    return dict.fromkeys(order_ids, 1)


def test_a5_g1_every_message_lost_loses_nothing(trial, beside):
    beside(lambda: trial.redis().flushall())

    order_ids = trial.place(20)
    trial.until_forwarded(order_ids)

    assert trial.arrived(order_ids) == once(order_ids)


def test_g2_a_broker_that_dies_again_and_again_leaves_no_deaf_worker(trial):
    order_ids = []
    for _ in range(BROKER_DEATHS):
        os.kill(trial.pid("broker"), signal.SIGKILL)
        order_ids += trial.place(3)  # pages need no broker
    last_death = trial.rows("SELECT clock_timestamp()")[0][0]

    trial.until_forwarded(order_ids)
    until(lambda: trial.ran_at("forward_orders") > last_death)

    assert trial.arrived(order_ids) == once(order_ids)


def test_g2_a_call_under_way_outlives_the_broker(trial):
    trial.sandbox("fault", kind="latency_ms", value=ANSWER_S * 1_000, action="add", times=1)
    calls = trial.adds()
    order_ids = trial.place()
    until(lambda: trial.adds() > calls)

    trial.kill("broker")
    trial.until_forwarded(order_ids)

    assert trial.arrived(order_ids) == once(order_ids)
    query = "SELECT outcome FROM orders_attempt WHERE order_id = %s"
    assert trial.rows(query, order_ids[0]) == [("accepted",)]


@pytest.mark.parametrize("whole", [True, False], ids=["with all its processes", "one process"])
def test_b14_g11_a_worker_killed_in_a_call_leaves_an_unknown_that_is_never_sent_again(trial, whole):
    trial.sandbox("fault", kind="timeout_after", value=SILENCE_S, action="add", times=1)
    calls = trial.adds()
    (lost,) = trial.place()
    until(lambda: trial.adds() == calls + 1)

    for child in trial.children("worker"):
        os.kill(child, signal.SIGKILL)
    if whole:
        trial.kill("worker")
    trial.let_leases_end()
    until(lambda: trial.statuses([lost]) == {lost: "unconfirmed"})
    others = trial.place(5)
    trial.until_forwarded(others)

    assert trial.adds() == calls + 1 + 5
    assert trial.arrived([lost, *others]) == once([lost, *others])
    assert trial.call("status", order=lost)["status"] == "Pending"
    _resolve(trial, lost)


def _resolve(trial, lost):
    """A person finds it at the provider, and it goes on as if nothing had been."""
    ((link,),) = trial.rows("SELECT link FROM orders_order WHERE id = %s", lost)
    received = trial.sandbox("received")["orders"]
    (upstream_id,) = [order["order"] for order in received if order["params"].get("link") == link]
    trial.manage("resolve", str(lost), "placed", str(upstream_id))
    assert trial.statuses([lost]) == {lost: "processing"}


def test_g3_b16_two_clocks_and_a_third_worker_send_nothing_twice(trial):
    clock = trial.second(
        "-m", "celery", "-A", "panel", "beat", "--pidfile=", "--schedule",
        str(trial.panel.state / "second-schedule"),
    )  # fmt: skip
    work = trial.second("manage.py", "work")
    try:
        order_ids = trial.place(40)
        trial.until_forwarded(order_ids)
        until(lambda: list(trial.panel.state.glob("second-schedule*")))
        order_ids += trial.place(40)
        trial.until_forwarded(order_ids)
        assert clock.poll() is None
        assert work.poll() is None
    finally:
        for process in (clock, work):
            process.terminate()
            assert process.wait(60) == 0

    assert trial.arrived(order_ids) == once(order_ids)
    query = "SELECT count(*) FROM orders_attempt WHERE order_id = ANY(%s)"
    assert trial.rows(query, order_ids) == [(80,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["restart", "crash"])
def test_g5_a_database_that_goes_away_in_the_middle_loses_and_doubles_nothing(
    trial, beside, number
):
    trial.sandbox("fault", kind="latency_ms", value=300, action="add")
    order_ids = []
    stop = beside(lambda: order_ids.extend(trial.place()))
    until(lambda: len(order_ids) >= CROWD)

    trial.kill("database", number)
    until(lambda: _is_up(trial))
    placed = len(order_ids)
    until(lambda: len(order_ids) >= placed + CROWD)
    stop()
    until(lambda: _is_settled(trial, order_ids), told=lambda: trial.panel.said()[-3_000:])

    arrived, statuses = trial.arrived(order_ids), trial.statuses(order_ids)
    unknown = {order_id for order_id in order_ids if statuses[order_id] == "unconfirmed"}
    assert len(unknown) <= CONCURRENCY, "no more than were under way at once"
    assert {arrived[order_id] for order_id in unknown} <= {0, 1}
    assert {arrived[order_id] for order_id in set(order_ids) - unknown} == {1}


def _is_up(trial):
    try:
        return trial.rows("SELECT 1") == [(1,)]
    except Exception:  # noqa: BLE001  whatever a database says that is just starting
        return False


def _is_settled(trial, order_ids):
    trial.let_leases_end(age_s=STALE_S)
    return not {"pending", "submitting"} & set(trial.statuses(order_ids).values())
