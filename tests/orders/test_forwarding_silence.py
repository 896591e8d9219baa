"""Calls that bring no clear answer: what was certainly not sent waits, all else is unknown."""

import contextlib
import socket
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.forwarding.outcomes import retry_at
from orders.lifecycle import Status
from orders.models import Attempt, Customer, LedgerEntry, Order, OrderEvent
from providers import health
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import make
from tests.orders.upstream import attempts, fresh, open_reviews, trade

pytestmark = pytest.mark.django_db
FAR = timedelta(days=30)


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


@contextlib.contextmanager
def _listening(answer=b""):
    """A port that takes connections and says ``answer`` to anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_talk, args=(listener, answer), daemon=True).start()
        yield listener.getsockname()[1]


def _talk(listener, answer):
    with contextlib.suppress(OSError):
        while True:
            caller, _ = listener.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(answer)


def _stays_unknown(upstream, order, *, received):
    """Whatever time passes, a machine neither sends the order again nor gives money back."""
    order = fresh(order)
    assert order.status == Status.UNCONFIRMED
    assert attempts(order) == ["silent"]
    assert open_reviews(order) == {"silent"}
    Provider.objects.update(circuit_open_until=None, failures=0)
    upstream.box.clear()
    upstream.forward(after_s=FAR.total_seconds())
    assert len(upstream.box.orders()) == received
    assert fresh(order).refunded == 0
    assert not LedgerEntry.objects.filter(order=order, kind="refund").exists()


@pytest.mark.parametrize("how", ["closed port", "no such host", "no tls"])
def test_b1_what_was_certainly_not_sent_waits_and_is_tried_again(box, how):
    upstream = trade(box)
    order = upstream.placed()
    with _listening(b"this is not a handshake") as port:
        url = {
            "closed port": "http://127.0.0.1:1/api/v2",
            "no such host": "http://nowhere.invalid/api/v2",
            "no tls": f"https://127.0.0.1:{port}/api/v2",
        }[how]
        Provider.objects.update(url=url)
        now = timezone.now()
        upstream.forward()

    order = fresh(order)
    assert (order.status, order.refunded) == (Status.PENDING, 0)
    assert order.due_at
    assert now < order.due_at < now + timedelta(minutes=1)
    assert attempts(order) == ["unreachable"]
    Provider.objects.update(url=box.url)
    assert not upstream.forward(), "not before it is due"
    upstream.forward(after_s=60)
    assert fresh(order).status == Status.PROCESSING
    assert len(box.orders()) == 1


def test_b1_the_wait_doubles_and_is_bounded():
    order = Order(pk=41)
    from_first = [_wait_s(order, tries) for tries in (1, 2, 3, 20)]

    assert from_first == [8, 16, 32, 720]


def _wait_s(order, tries):
    order.tries = tries
    return (retry_at(order, now=make.NOW) - make.NOW).total_seconds()


def test_b2_a_time_out_after_the_provider_accepted_is_never_sent_again(box):
    upstream = trade(box, timeout_s=1)
    order = upstream.placed()
    box.fault("timeout_after", 3, action="add")

    upstream.forward()

    _stays_unknown(upstream, order, received=1)


def test_b3_a_time_out_before_the_provider_accepted_looks_the_same(box):
    upstream = trade(box, timeout_s=1)
    order = upstream.placed()
    box.fault("timeout_before", 3, action="add")

    upstream.forward()

    _stays_unknown(upstream, order, received=0)


@pytest.mark.parametrize("fault", ["reset_after", "drop_after"])
def test_b5_a_dropped_connection_is_unknown_and_sent_once(box, fault):
    upstream = trade(box)
    order = upstream.placed()
    box.fault(fault, action="add")

    upstream.forward()

    assert box.calls("add") == 1
    _stays_unknown(upstream, order, received=1)


@pytest.mark.parametrize("fault", ["reset_before", "drop_before"])
def test_b5_a_connection_dropped_before_looks_the_same(box, fault):
    upstream = trade(box)
    order = upstream.placed()
    box.fault(fault, action="add")

    upstream.forward()

    assert box.calls("add") == 1
    _stays_unknown(upstream, order, received=0)


@pytest.mark.parametrize("fault", ["html200", "empty", "truncated", "php_warning", "no_id"])
def test_b6_an_answer_that_is_none_is_unknown(box, fault):
    upstream = trade(box)
    order = upstream.placed()
    box.fault(fault, action="add")

    upstream.forward()

    _stays_unknown(upstream, order, received=1)


def test_b6_an_id_behind_noise_is_evidence_and_not_trusted(box):
    upstream = trade(box)
    order = upstream.placed()
    box.fault("php_warning", action="add")

    upstream.forward()

    attempt = Attempt.objects.get(order=order)
    assert (attempt.outcome, attempt.upstream_id) == ("silent", str(box.orders()[0]["order"]))
    assert fresh(order).upstream_id is None


def test_b6_a_byte_order_mark_is_no_obstacle(box):
    upstream = trade(box)
    order = upstream.placed()
    box.fault("bom", action="add")

    upstream.forward()

    assert fresh(order).status == Status.PROCESSING


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524])
def test_b7_a_server_error_is_unknown(box, status):
    upstream = trade(box)
    order = upstream.placed()
    box.fault("http", {"status": status, "body": "<h1>error</h1>"}, action="add", accepts=True)

    upstream.forward()

    _stays_unknown(upstream, order, received=1)


@pytest.mark.parametrize("status", [521, 522, 523, 525, 526])
def test_b7_an_origin_that_was_not_reached_is_tried_again(box, status):
    upstream = trade(box)
    order = upstream.placed()
    reply = {"status": status, "headers": {"CF-RAY": "8f2a-FRA"}}
    box.fault("http", reply, action="add", accepts=False, times=1)

    upstream.forward()
    assert (fresh(order).status, attempts(order)) == (Status.PENDING, ["unreachable"])
    upstream.forward(after_s=60)

    assert fresh(order).status == Status.PROCESSING


@pytest.mark.parametrize("id", [0, None, "", False, -1, [1], "9" * 200, "a b"])
def test_b10_an_unusable_id_is_no_acceptance(box, id):
    upstream = trade(box)
    order = upstream.placed()
    box.fault("json", {"order": id}, action="add", accepts=True)

    upstream.forward()

    _stays_unknown(upstream, order, received=1)


def test_b11_an_id_beside_an_error_is_an_acceptance_with_a_warning(box):
    upstream = trade(box)
    order = upstream.placed()
    box.fault("json", {"order": 77, "error": "low balance soon"}, action="add")

    upstream.forward()

    assert (fresh(order).status, fresh(order).upstream_id) == (Status.PROCESSING, "77")
    assert "low balance soon" in OrderEvent.objects.get(order=order, kind="accepted").text


def test_b12_an_id_that_another_order_has_is_unknown(box):
    upstream = trade(box, concurrency=1)
    first, second = upstream.placed(), upstream.placed()
    box.fault("reuse_id", 501, action="add")

    upstream.forward(limit=1)
    upstream.forward(limit=1)

    assert (fresh(first).status, fresh(first).upstream_id) == (Status.PROCESSING, "501")
    assert (fresh(second).status, fresh(second).upstream_id) == (Status.UNCONFIRMED, None)
    assert open_reviews(second) == {"silent"}


def test_b12_the_same_id_twice_in_one_round_is_given_to_one(box):
    upstream = trade(box, concurrency=8)
    orders = [upstream.placed() for _ in range(4)]
    box.fault("reuse_id", 501, action="add")

    upstream.forward()

    states = sorted(fresh(order).status for order in orders)
    assert states == ["processing", "unconfirmed", "unconfirmed", "unconfirmed"]


def test_b17_an_answer_that_drips_ends_at_the_deadline(box):
    upstream = trade(box, timeout_s=1)
    order = upstream.placed()
    box.fault("slow_drip", 0.2, action="add")

    upstream.forward()

    # Each byte comes in time; whoever waited for the last one would know of the order.
    _stays_unknown(upstream, order, received=1)


def test_b18_a_provider_that_is_down_costs_few_unknowns_and_comes_back_by_itself(box):
    upstream = trade(box, concurrency=2)
    orders = [upstream.placed() for _ in range(30)]
    box.fault("http", 502, action="add")
    box.fault("http", 502, action="balance")

    assert not upstream.forward(), "the circuit is open"
    at_first = Order.objects.filter(status=Status.UNCONFIRMED).count()
    upstream.forward()
    upstream.forward(after_s=20)
    upstream.forward(after_s=60)

    assert health.CIRCUIT_FAILURES <= at_first <= health.CIRCUIT_FAILURES + 2
    assert Order.objects.filter(status=Status.UNCONFIRMED).count() == at_first
    assert Order.objects.filter(status=Status.PENDING).count() == len(orders) - at_first

    box.clear()
    assert upstream.forward(after_s=3600).claimed == 1, "one order tries whether it is back"
    upstream.forward(after_s=3600)
    assert Order.objects.filter(status=Status.PROCESSING).count() == len(orders) - at_first
    assert Provider.objects.get().circuit_open_until is None


def test_b18_a_provider_that_only_answers_for_its_balance_costs_one_unknown_a_trial(box):
    upstream = trade(box, concurrency=2)
    for _ in range(20):
        upstream.placed()
    box.fault("http", 502, action="add")
    upstream.forward()
    before = Order.objects.filter(status=Status.UNCONFIRMED).count()

    upstream.forward(after_s=3600)

    assert Order.objects.filter(status=Status.UNCONFIRMED).count() == before + 1


def test_b18_answers_to_other_calls_do_not_hide_that_orders_get_none(box):
    upstream = trade(box, concurrency=2)
    for _ in range(20):
        upstream.placed()
    box.fault("http", 502, action="add")
    upstream.forward()
    before = Order.objects.filter(status=Status.UNCONFIRMED).count()

    for minute in range(1, 4):
        health.record_success(upstream.provider.pk, latency_ms=10)
        upstream.forward(after_s=61 * minute)
        upstream.forward(after_s=61 * minute)

    assert Order.objects.filter(status=Status.UNCONFIRMED).count() <= before + 6


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_b24_a_redirect_is_not_followed_with_an_order(box, status):
    upstream = trade(box)
    order = upstream.placed()
    elsewhere = {"status": status, "headers": {"Location": box.url}}
    box.fault("http", elsewhere, action="add", accepts=False)

    upstream.forward()

    assert box.calls("add") == 1
    _stays_unknown(upstream, order, received=0)


def test_an_unknown_order_keeps_the_customers_money_where_it_is(box):
    upstream = trade(box)
    buyer = make.customer(balance="10")
    order = upstream.placed(customer=buyer)
    box.fault("html200", action="add")

    upstream.forward()

    assert Customer.objects.get(pk=buyer.pk).balance == 10 - order.charge
