"""The trial panel as a customer meets it, and what a kill -9 of all of it leaves."""

import os
import signal
from decimal import Decimal

import pytest

from tests.whole.instance import until

pytestmark = [pytest.mark.slow, pytest.mark.chaos, pytest.mark.xdist_group("trial")]


def balance(trial):
    return trial.rows("SELECT balance FROM orders_customer")[0][0]


def test_an_order_placed_through_the_api_is_delivered_and_paid_for_exactly_once(trial):
    before = balance(trial)

    (order_id,) = trial.place()
    trial.until_forwarded([order_id])
    trial.sandbox("clock", advance_s=10_000)

    def status():
        trial.rows("UPDATE orders_pollbucket SET due_at = now() WHERE due_at > now()")
        return trial.call("status", order=order_id)

    until(lambda: status()["status"] == "Completed")
    charge = trial.rows("SELECT charge FROM orders_order WHERE id = %s", order_id)[0][0]
    assert charge > 0
    assert balance(trial) == before - charge
    assert Decimal(trial.call("balance")["balance"]) <= balance(trial)
    assert trial.arrived([order_id]) == {order_id: 1}
    assert len(trial.call("services")) > 4_000


def test_orders_that_wait_while_everything_is_killed_go_after_the_next_start(trial):
    os.kill(trial.pid("worker"), signal.SIGSTOP)
    for child in trial.children("worker"):
        os.kill(child, signal.SIGSTOP)
    before, order_ids = balance(trial), trial.place(10)

    trial.panel.stop(signal.SIGKILL)
    until(lambda: trial.panel.leftovers() == [])
    trial.panel.start()

    trial.until_forwarded(order_ids)
    assert trial.arrived(order_ids) == dict.fromkeys(order_ids, 1)
    ((charged,),) = trial.rows("SELECT sum(charge) FROM orders_order WHERE id = ANY(%s)", order_ids)
    assert balance(trial) == before - charged
