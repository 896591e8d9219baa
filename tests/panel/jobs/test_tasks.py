"""Each task is a clock, a limit, one call; ticks that overlap do nothing twice."""

import inspect
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from orders.lifecycle import Status
from orders.models import CancelRequest, Order, PollBucket
from panel import tasks
from panel.celery import PERIODS_S, app
from panel.clock import database_now
from panel.models import Heartbeat
from tests import make
from tests.orders.races import together
from tests.orders.upstream import fresh, trade

pytestmark = pytest.mark.django_db(transaction=True)


def in_parallel(*ticks):
    def alone(tick):
        try:
            return tick()
        finally:
            connection.close()

    return together([partial(alone, tick) for tick in ticks])


def test_every_clock_is_a_task_that_survives_a_newer_sender():
    for job in PERIODS_S:
        task = getattr(tasks, job)
        assert task.name == f"panel.tasks.{job}"
        kinds = [p.kind for p in inspect.signature(task.run).parameters.values()]
        assert kinds == [inspect.Parameter.VAR_KEYWORD]


@pytest.mark.parametrize("job", PERIODS_S)
def test_every_clock_leaves_its_pulse_on_an_empty_panel(job, started_here):
    getattr(tasks, job).apply(throw=True)

    assert Heartbeat.objects.get().job == job
    assert Heartbeat.objects.get().error == ""


@pytest.mark.parametrize("job", PERIODS_S)
def test_an_old_tick_expires_before_it_runs_beside_the_next_ones(job):
    entry = app.conf.beat_schedule[job]

    assert entry["options"]["expires"] >= min(PERIODS_S[job], 10)
    assert entry["options"]["expires"] <= 60


def test_a_tick_forwards_what_is_due_and_says_how_much_that_was(box, started_here):
    upstream = trade(box)
    order = upstream.placed()

    tasks.forward_orders.apply(throw=True)

    assert fresh(order).status == Status.PROCESSING
    beat = Heartbeat.objects.get(job="forward_orders")
    assert (beat.done, beat.backlog, beat.oldest_due_at) == (1, 1, order.due_at)


def test_a_tick_asks_for_what_is_due_and_the_end_is_booked(box, started_here):
    upstream = trade(box)
    order = upstream.placed()
    tasks.forward_orders.apply(throw=True)
    box.advance(100_000)
    PollBucket.objects.update(due_at=database_now())

    tasks.poll_orders.apply(throw=True)

    assert fresh(order).status == Status.COMPLETED
    assert Heartbeat.objects.get(job="poll_orders").backlog == 1


def test_a_tick_sends_wishes_to_cancel(box, started_here):
    upstream = trade(box)
    order = upstream.placed()
    tasks.forward_orders.apply(throw=True)
    CancelRequest.objects.create(order=order, due_at=database_now())

    tasks.send_cancels.apply(throw=True)

    assert box.calls("cancel") == 1


def test_g3_two_ticks_at_once_send_each_order_once(box, started_here):
    upstream = trade(box)
    buyer = make.customer(balance="1000")
    orders = [upstream.placed(customer=buyer) for _ in range(30)]

    in_parallel(*[lambda: tasks.forward_orders.apply(throw=True)] * 4)
    in_parallel(*[lambda: tasks.forward_orders.apply(throw=True)] * 4)

    assert box.calls("add") == len(box.orders()) == len(orders)
    assert {fresh(order).status for order in orders} == {Status.PROCESSING}


def test_g3_two_ticks_at_once_read_a_list_once(box, started_here):
    trade(box)

    in_parallel(*[tasks.sync_catalogues.apply] * 3)
    tasks.sync_catalogues.apply(throw=True)

    assert Heartbeat.objects.get(job="sync_catalogues").done == 0, "nothing is due any more"


def test_one_provider_that_fails_does_not_keep_the_others_from_being_served(box, started_here):
    broken = make.provider(name="A broken one", api_key="")
    make.placed(service=make.service(offers=[make.offer(broken)]), now=database_now())
    upstream = trade(box)
    order = upstream.placed()

    tasks.forward_orders.apply(throw=True)

    assert fresh(order).status == Status.PROCESSING


def test_a_tick_starts_at_most_so_many_providers(monkeypatch):
    started = []

    def start(args, **options):
        started.append(args)

    monkeypatch.setattr(tasks.forward_provider, "apply_async", start)

    assert tasks._start(tasks.forward_provider, range(10_000)) == tasks.PROVIDERS_MAX
    assert started == [[provider_id] for provider_id in range(tasks.PROVIDERS_MAX)]


def test_rounds_go_on_while_something_is_found_and_no_longer_than_allowed():
    found = [True, True, False, True]
    tasks._rounds(lambda now: found.pop(0))
    assert found == [True]

    asked = []

    def always_more(now):
        asked.append(now)
        return True

    tasks._rounds(always_more)
    assert len(asked) == tasks.ROUNDS_MAX
    assert asked == sorted(asked)


def test_b18_rounds_with_a_slow_provider_end_before_the_task_is_cut_off(monkeypatch):
    monkeypatch.setattr(tasks, "ROUNDS_S", 0)
    asked = []

    def always_more(now):
        asked.append(now)
        return True

    tasks._rounds(always_more)
    assert len(asked) == 1


def test_c22_jobs_take_their_time_from_the_database(started_here, monkeypatch):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (before,) = cursor.fetchone()
    tasks.heartbeat.apply(throw=True)

    assert before <= Heartbeat.objects.get().ran_at <= before + timedelta(minutes=1)


def test_the_book_is_proven_once_a_day(started_here):
    tasks.prove_book.apply(throw=True)
    first = Heartbeat.objects.get().ran_at
    tasks.prove_book.apply(throw=True)

    assert Heartbeat.objects.get().ran_at > first
    assert Order.objects.count() == 0
    assert Heartbeat.objects.get().done == 0
