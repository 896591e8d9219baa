"""Workers that are killed, stopped or raced at the worst moment (B13 to B16, B20, C22)."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent import futures
from datetime import timedelta
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection, transaction
from django.utils import timezone

from orders import closing, forwarding, resolving
from orders.forwarding import outcomes
from orders.forwarding.recording import record
from orders.lifecycle import Status
from orders.models import Attempt, CancelRequest, Customer, Order, OrderEvent
from providers.client import Accepted, Connection, Refused, Unreachable
from providers.sandbox import Sandbox
from providers.wire import RefusalReason
from tests import gates, make
from tests.orders.races import together
from tests.orders.upstream import attempts, fresh, open_reviews, run_out, sent_links, trade

pytestmark = [pytest.mark.django_db(transaction=True)]
DEADLINE_S = 60  # only what hangs waits so long
ROOT = Path(__file__).parents[2]


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture
def started():
    """Starts workers on the database of this test, and ends them with it."""
    running = []
    address = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
    surroundings = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "panel.settings"}

    def start(deed, provider):
        command = [sys.executable, "-m", "tests.orders.worker", deed, str(provider.pk)]
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | surroundings, stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.communicate()


def _until(is_so):
    end = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < end, "It did not happen."
        time.sleep(0.02)


def test_the_attempt_is_committed_before_the_call(box):
    upstream = trade(box)
    order = upstream.placed()
    seen = []
    answer = box.provider.respond

    def respond(params):
        # The sandbox's thread has a connection of its own: it sees only what is committed.
        seen.append((fresh(order).status, attempts(order)))
        connection.close()
        return answer(params)

    box.provider.respond = respond
    upstream.forward()

    assert seen == [(Status.SUBMITTING, ["open"])]


@pytest.mark.chaos
def test_b13_a_worker_killed_before_it_sent_leaves_the_order_to_the_next(box, started):
    upstream = trade(box)
    order = upstream.placed()
    process = started("claim", upstream.provider)
    assert process.stdout.readline() == "claimed 1\n"
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert fresh(order).status == Status.SUBMITTING
    assert forwarding.expire_claims(now=timezone.now()) == 0, "not before its lease is over"
    run_out(order)
    assert forwarding.expire_claims(now=timezone.now()) == 1
    upstream.forward()

    assert fresh(order).status == Status.PROCESSING
    assert sent_links(box) == [order.link]


@pytest.mark.chaos
@pytest.mark.parametrize(("fault", "received"), [("timeout_before", 0), ("timeout_after", 1)])
def test_b14_a_worker_killed_while_it_sent_leaves_an_unknown(box, started, fault, received):
    upstream = trade(box, timeout_s=30)
    order = upstream.placed()
    box.fault(fault, 30, action="add")
    process = started("forward", upstream.provider)
    _until(lambda: box.calls("add") == 1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    box.clear()

    run_out(order)
    assert forwarding.expire_claims(now=timezone.now()) == 1
    upstream.forward(after_s=86400)

    assert (fresh(order).status, attempts(order)) == (Status.UNCONFIRMED, ["silent"])
    assert open_reviews(order) == {"silent"}
    assert len(box.orders()) == received
    assert box.calls("add") == 1


@pytest.mark.chaos
def test_b15_a_worker_that_slept_can_still_say_that_it_was_accepted(box, started):
    upstream = trade(box, timeout_s=30)
    order = upstream.placed()
    process = _asleep_in_the_call(box, started, upstream, order)
    assert fresh(order).status == Status.UNCONFIRMED

    process.send_signal(signal.SIGCONT)
    _until(lambda: fresh(order).status == Status.PROCESSING)

    assert fresh(order).upstream_id == str(box.orders()[0]["order"])
    assert attempts(order) == ["accepted"]
    assert open_reviews(order) == set()


@pytest.mark.chaos
def test_b15_a_worker_that_slept_never_writes_over_a_later_decision(box, started):
    upstream = trade(box, timeout_s=30)
    buyer = make.customer(balance="10")
    order = upstream.placed(customer=buyer)
    process = _asleep_in_the_call(box, started, upstream, order)
    resolving.refund(order.pk, actor="ann", now=timezone.now())

    process.send_signal(signal.SIGCONT)
    assert process.wait(DEADLINE_S) == 0

    assert (fresh(order).status, fresh(order).upstream_id) == (Status.CANCELED, None)
    assert Customer.objects.get(pk=buyer.pk).balance == 10
    assert open_reviews(order) == {"contradiction"}


@pytest.mark.chaos
def test_b15_a_late_acceptance_stops_the_order_from_being_sent_again(box, started):
    upstream = trade(box, timeout_s=30)
    order = upstream.placed()
    process = _asleep_in_the_call(box, started, upstream, order)
    resolving.was_not_placed(order.pk, actor="ann", now=timezone.now())

    process.send_signal(signal.SIGCONT)
    assert process.wait(DEADLINE_S) == 0
    upstream.forward(after_s=86400)

    assert (fresh(order).status, fresh(order).hold) == (Status.PENDING, "staff")
    assert open_reviews(order) == {"contradiction"}
    assert len(box.orders()) == 1


def _asleep_in_the_call(box, started, upstream, order):
    """A worker whose call is answered while it sleeps, until its lease is over."""
    with gates.held(box, "add") as gate:
        process = started("forward", upstream.provider)
        gate.wait_for(1)
        os.kill(process.pid, signal.SIGSTOP)
    _until(lambda: len(box.orders()) == 1)
    run_out(order)
    assert forwarding.expire_claims(now=timezone.now()) == 1
    return process


def _written(upstream, order, attempt, answer):
    """The answer to ``attempt`` is written now, whenever the call was made."""
    result = outcomes.Result(outcomes.Sending(attempt.pk, order, {}, 0), answer)
    record([result], upstream.provider, now=timezone.now(), tally=outcomes.Tally())


def _answered(upstream, order, attempt, **answer):
    _written(upstream, order, attempt, Accepted(evidence="late", **answer))


def test_b15_an_older_attempt_says_nothing_about_a_newer_one(box):
    upstream = trade(box)
    order = upstream.placed()
    for _ in range(2):
        box.fault("drop_before", action="add", times=1)
        upstream.forward()
        if len(attempts(order)) == 1:
            resolving.was_not_placed(order.pk, actor="ann", now=timezone.now())
    older, newer = Attempt.objects.filter(order=order).order_by("pk")

    _answered(upstream, order, older, upstream_id="71")
    assert (fresh(order).status, fresh(order).upstream_id) == (Status.UNCONFIRMED, None)
    assert "contradiction" in open_reviews(order)

    _answered(upstream, order, newer, upstream_id="72")
    assert (fresh(order).status, fresh(order).upstream_id) == (Status.PROCESSING, "72")


def test_b15_a_late_acceptance_takes_an_order_back_that_was_just_claimed_again(box):
    upstream = trade(box)
    order = upstream.placed()
    box.fault("drop_after", action="add", times=1)
    upstream.forward()
    resolving.was_not_placed(order.pk, actor="ann", now=timezone.now())
    (claim,) = forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())

    _answered(upstream, order, Attempt.objects.get(order=order), upstream_id="71")

    assert forwarding.claiming.open_attempts(upstream.provider, [(claim, {})]) == {}
    assert (fresh(order).status, fresh(order).hold) == (Status.PENDING, "staff")


def test_b20_an_order_that_is_to_be_canceled_is_not_sent(box):
    upstream = trade(box)
    order = upstream.placed()
    CancelRequest.objects.create(order=order)

    assert not upstream.forward()
    assert box.calls("add") == 0


LATE = {
    "refused": Refused(evidence="Bad link", error="Bad link", reason=RefusalReason.OTHER),
    "unreachable": Unreachable(evidence="no route"),
}


@pytest.mark.parametrize("answer", LATE.values(), ids=LATE)
def test_b15_a_late_answer_that_is_no_acceptance_is_told_and_moves_nothing(box, answer):
    upstream = trade(box)
    order = upstream.placed()
    box.fault("drop_before", action="add", times=1)
    upstream.forward()

    _written(upstream, order, Attempt.objects.get(order=order), answer)

    assert (fresh(order).status, fresh(order).refunded) == (Status.UNCONFIRMED, 0)
    assert open_reviews(order) == {"silent"}
    assert answer.evidence in OrderEvent.objects.get(order=order, kind="late_answer").text


def test_an_answer_that_is_written_twice_counts_once(box):
    upstream = trade(box)
    order = upstream.placed()
    upstream.forward()
    attempt = Attempt.objects.get(order=order)

    _answered(upstream, order, attempt, upstream_id=fresh(order).upstream_id)

    assert fresh(order).status == Status.PROCESSING
    assert open_reviews(order) == set()
    assert OrderEvent.objects.filter(order=order, kind="accepted").count() == 1


def test_b15_a_worker_that_was_held_up_before_the_call_does_not_make_it(box):
    upstream = trade(box, timeout_s=1)
    order = upstream.placed()
    (claim,) = forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())
    sending = outcomes.Sending(1, claim.order, {"service": "1"}, time.monotonic() - 20)

    outcome = forwarding.sending._call(Connection.of(upstream.provider), sending)

    assert isinstance(outcome, Unreachable)
    assert box.calls("add") == 0
    assert fresh(order).status == Status.SUBMITTING


def test_a_claim_whose_lease_is_over_opens_no_attempt(box):
    upstream = trade(box)
    order = upstream.placed()
    (claim,) = forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())
    run_out(order)
    over = fresh(order).claimed_until
    assert over
    stale = forwarding.claiming.Claim(claim.order, over)

    assert forwarding.claiming.open_attempts(upstream.provider, [(stale, {})]) == {}
    assert forwarding.claiming.open_attempts(upstream.provider, [(claim, {})]) == {}
    assert attempts(order) == []


def test_an_order_that_somebody_writes_just_now_is_not_expired(box):
    upstream = trade(box)
    order = upstream.placed()
    forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())
    run_out(order)

    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order.pk)
        assert together([lambda: forwarding.expire_claims(now=timezone.now())]) == [0]
    assert forwarding.expire_claims(now=timezone.now()) == 1


def test_b20_a_cancel_and_a_claim_at_once_have_one_winner(box):
    upstream = trade(box, concurrency=16)
    buyer = make.customer(balance="1000")
    orders = [upstream.placed(customer=buyer) for _ in range(150)]
    rejected = []

    def cancel():
        for order in orders:
            try:
                closing.close(
                    order.pk,
                    Status.CANCELED,
                    now=timezone.now(),
                    expected=frozenset({Status.PENDING}),
                )
            except closing.OrderMoved:
                rejected.append(order.pk)

    def forward():
        for _ in range(30):
            upstream.forward(limit=10)

    together([cancel, forward])

    sent = set(sent_links(box))
    assert len(box.orders()) == len(sent)
    for order in map(fresh, orders):
        is_sent = order.link in sent
        assert order.status == (Status.PROCESSING if is_sent else Status.CANCELED)
        assert order.refunded == (0 if is_sent else order.charge)
    assert len(rejected) == len(sent)


def test_b20_a_claimed_order_cannot_be_canceled_as_if_it_waited(box):
    upstream = trade(box)
    order = upstream.placed()
    forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())

    with pytest.raises(closing.OrderMoved):
        closing.close(
            order.pk, Status.CANCELED, now=timezone.now(), expected=frozenset({Status.PENDING})
        )


def test_b21_an_order_under_way_can_neither_be_held_nor_released_nor_resolved(box):
    upstream = trade(box)
    order = upstream.placed()
    forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())
    now = timezone.now()

    with pytest.raises(forwarding.NotHeld):
        forwarding.hold(order.pk, actor="ann")
    with pytest.raises(forwarding.NotHeld):
        forwarding.release(order.pk, actor="ann", now=now)
    for answer in (resolving.was_not_placed, resolving.refund):
        with pytest.raises(resolving.NotUnknown):
            answer(order.pk, actor="ann", now=now)


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(hours=1)])
def test_c22_leases_follow_the_clock_of_the_database_alone(box, off):
    upstream = trade(box)
    order = upstream.placed()
    Order.objects.update(due_at=timezone.now() - timedelta(hours=2))
    (claim,) = forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now() + off)

    assert timezone.now() < claim.token < timezone.now() + timedelta(minutes=5)
    assert forwarding.expire_claims(now=timezone.now() + off) == 0
    assert fresh(order).status == Status.SUBMITTING


def test_a_lease_is_longer_than_three_deadlines(box):
    upstream = trade(box, timeout_s=5)
    order = upstream.placed()
    leases = []
    answer = box.provider.respond

    def respond(params):
        row = Attempt.objects.get(order=order)
        leases.append(
            (row.lease_until - row.opened_at, row.lease_until == fresh(order).claimed_until)
        )
        connection.close()
        return answer(params)

    box.provider.respond = respond
    upstream.forward()

    ((lease, is_the_orders),) = leases
    assert is_the_orders
    assert lease > timedelta(seconds=15)


def test_no_call_is_made_inside_a_transaction_or_under_a_lock(box):
    upstream = trade(box)
    order = upstream.placed()
    free = []
    answer = box.provider.respond

    def respond(params):
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT id FROM orders_order WHERE id = %s FOR UPDATE NOWAIT", [order.pk]
            )
            free.append(cursor.fetchone()[0])
            cursor.execute("ROLLBACK")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                " AND datname = current_database()"
            )
            free.append(cursor.fetchone()[0])
        connection.close()
        return answer(params)

    box.provider.respond = respond
    upstream.forward()

    assert free == [order.pk, 0]


def test_a_round_that_is_told_to_stop_writes_down_what_it_sent(box):
    upstream = trade(box, concurrency=2)
    orders = [upstream.placed() for _ in range(6)]
    main = threading.get_ident()

    def stop(*_):
        gate.open()
        raise TimeoutError

    def interrupt():
        gate.wait_for(2)
        _until(lambda: _waits_for_answers(main))
        signal.pthread_kill(main, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, stop)
    with gates.held(box, "add") as gate:
        helper = threading.Thread(target=interrupt)
        helper.start()
        try:
            with pytest.raises(TimeoutError):
                upstream.forward()
        finally:
            helper.join()
            signal.signal(signal.SIGUSR1, before)

    sent = set(sent_links(box))
    assert len(sent) == 2
    for order in map(fresh, orders):
        assert order.status == (Status.PROCESSING if order.link in sent else Status.PENDING)


def _waits_for_answers(thread):
    frame: FrameType | None = sys._current_frames()[thread]
    while frame and frame.f_code is not futures.wait.__code__:
        frame = frame.f_back
    return frame is not None


def test_g5_an_answer_in_hand_outlives_a_lost_connection(box):
    upstream = trade(box)
    order = upstream.placed()
    ended: list[int] = []

    def end_session_once(execute, sql, params, many, context):
        if "UPDATE orders_attempt" in sql and not ended:
            ended.append(connection.connection.info.backend_pid)
            together([lambda: _end_session(ended[0])])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(end_session_once):
        upstream.forward()

    assert len(ended) == 1
    order = fresh(order)
    assert (order.status, order.upstream_id) == (Status.PROCESSING, _only_id(box))
    assert attempts(order) == [Attempt.Outcome.ACCEPTED]


def _end_session(pid):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def _only_id(box):
    (one,) = box.orders()
    return str(one["order"])
