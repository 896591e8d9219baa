"""Workers that are killed, stopped or raced at the worst moment (B13 to B15)."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.utils import timezone

from orders import forwarding, resolving
from orders.forwarding import outcomes
from orders.forwarding.recording import record
from orders.lifecycle import Status
from orders.models import Attempt, Customer, OrderEvent
from providers.client import Accepted, Connection, Refused, Unreachable
from providers.sandbox import Sandbox
from providers.wire import RefusalReason
from tests import gates, make
from tests.orders.upstream import attempts, fresh, open_reviews, run_out, sent_links, trade
from tests.whole.instance import until

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
    until(lambda: box.calls("add") == 1)
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
    until(lambda: fresh(order).status == Status.PROCESSING)

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
    until(lambda: len(box.orders()) == 1)
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
