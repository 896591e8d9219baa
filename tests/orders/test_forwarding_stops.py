"""A round that is stopped or loses the database writes down what it sent."""

import signal
import sys
import threading
from concurrent import futures
from types import FrameType

import pytest
from django.db import connection

from orders.lifecycle import Status
from orders.models import Attempt
from providers.sandbox import Sandbox
from tests import gates
from tests.orders.races import together
from tests.orders.upstream import attempts, fresh, sent_links, trade
from tests.whole.instance import until

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


def test_a_round_that_is_told_to_stop_writes_down_what_it_sent(box):
    upstream = trade(box, concurrency=2)
    orders = [upstream.placed() for _ in range(6)]
    main = threading.get_ident()

    def stop(*_):
        gate.open()
        raise TimeoutError

    def interrupt():
        gate.wait_for(2)
        until(lambda: _waits_for_answers(main))
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
