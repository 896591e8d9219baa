"""`manage.py work`: all clocks in one process, with neither clock nor worker nor broker."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from celery import current_app
from django.core.management import call_command
from django.db import connection

from orders.lifecycle import Status
from panel import heartbeats
from panel.celery import PERIODS_S
from panel.clock import database_now
from panel.models import Heartbeat
from tests.orders.upstream import fresh, trade
from tests.whole.instance import NO_BROKER, database_url, until

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[3]


@pytest.fixture
def worker():
    """`work` as a process on the database of this test, without a broker anywhere."""
    name = connection.settings_dict["NAME"]
    surroundings = {"DATABASE_URL": database_url(name), "REDIS_URL": NO_BROKER}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "work"], cwd=ROOT, env=os.environ | surroundings
    )
    yield process
    process.kill()
    process.wait()


def test_g4_one_round_lets_every_clock_tick_once_and_forwards_what_is_due(box):
    order = trade(box).placed()

    call_command("work", rounds=1)

    assert fresh(order).status == Status.PROCESSING
    assert {beat.job for beat in Heartbeat.objects.all()} == set(PERIODS_S)
    assert heartbeats.stopped(database_now()) == []
    assert not current_app.conf.task_always_eager, "other tasks are published as before"


def test_g4_work_ends_when_its_time_is_over(box):
    call_command("work", seconds=0.5)

    assert Heartbeat.objects.filter(job="forward_orders").exists()


def test_a_clock_that_fails_ticks_again_and_holds_up_no_other(box):
    order = trade(box).placed()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_refill RENAME TO orders_refill_away")
    try:
        call_command("work", rounds=2)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE orders_refill_away RENAME TO orders_refill")

    assert fresh(order).status == Status.PROCESSING
    assert "orders_refill" in Heartbeat.objects.get(job="send_refills").error


@pytest.mark.slow
def test_work_forwards_as_orders_come_and_stops_politely_in_the_middle(box, worker):
    upstream = trade(box, concurrency=1)
    first = upstream.placed()
    until(lambda: fresh(first).status == Status.PROCESSING)
    box.fault("latency_ms", 1_000, action="add", times=1)
    second = upstream.placed()
    until(lambda: box.calls("add") == 2)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(60) == 0
    assert fresh(second).status == Status.PROCESSING, "what was under way came to its end"
