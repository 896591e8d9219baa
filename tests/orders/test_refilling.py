"""Refills: who may ask, sent once, followed to their end."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from orders import closing, refilling
from orders.lifecycle import RefillStatus, Status
from orders.models import Refill
from orders.refilling import following
from orders.wishes import rounds
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import gates, make
from tests.orders import races
from tests.orders.following import Upstream
from tests.orders.wishing import asked, completed, polled, sent

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box)


def test_a_refill_is_asked_for_sent_and_followed_until_it_is_completed(upstream):
    order = completed(upstream)
    refill = asked(order)
    assert refilling.due_providers(make.NOW + 2 * DAY) == [upstream.provider.pk]

    assert sent(upstream) == 1
    refill.refresh_from_db()
    assert (refill.status, refill.upstream_id is not None) == (RefillStatus.IN_PROGRESS, True)
    assert polled(upstream, after=2 * DAY + HOUR) == 0
    upstream.box.advance(10_000)
    assert polled(upstream, after=2 * DAY + 2 * HOUR) == 1

    refill.refresh_from_db()
    assert (refill.status, refill.due_at) == (RefillStatus.COMPLETED, None)
    kinds = list(order.events.filter(kind__startswith="refill").values_list("kind", flat=True))
    assert kinds == ["refill_requested", "refill_accepted", "refill_completed"]


@pytest.mark.django_db(transaction=True)
def test_c17_two_workers_send_a_refill_once(upstream):
    asked(completed(upstream))
    upstream.box.fault("latency_ms", 200, action="refill")

    sent_by = races.together([partial(sent, upstream)] * 4)

    assert sorted(sent_by) == [0, 0, 0, 1]
    assert upstream.box.calls("refill") == 1


@pytest.mark.django_db(transaction=True)
def test_b18_a_slow_provider_is_sent_refills_by_one_worker_at_a_time(upstream):
    Provider.objects.update(concurrency=1)
    for _ in range(2):
        asked(completed(upstream))

    with gates.held(upstream.box, "refill") as gate:
        slow = races.beside(partial(sent, upstream))
        gate.wait_for(1)
        assert sent(upstream) == 0
        assert gate.calls == 1

    assert slow.result(races.DEADLINE_S) == 2
    assert upstream.box.calls("refill") == 2


def test_b18_refills_that_a_round_has_no_time_for_wait_for_the_next(upstream, monkeypatch):
    asked(completed(upstream))
    with monkeypatch.context() as late:
        late.setattr(rounds, "ROUND_S", 0)
        assert sent(upstream) == 0

    assert sent(upstream) == 1
    with monkeypatch.context() as late:
        late.setattr(following, "ROUND_S", 0)
        polled(upstream, after=2 * DAY + HOUR)
    assert upstream.box.calls("refill_status") == 0


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"status": "tasks.status.completed"}, RefillStatus.COMPLETED),
        ({"status": "Rejected"}, RefillStatus.REJECTED),
        ({"status": "Error"}, RefillStatus.REJECTED),
        ({"status": {"error": "Refill not found"}}, RefillStatus.IN_PROGRESS),
        ({"error": "Refill not found"}, RefillStatus.IN_PROGRESS),
        ({"status": "Später"}, RefillStatus.IN_PROGRESS),
        ([], RefillStatus.IN_PROGRESS),
    ],
)
def test_c18_refill_statuses_of_every_shape_are_read(upstream, answer, status):
    refill = asked(completed(upstream))
    sent(upstream)
    upstream.box.fault("json", answer, action="refill_status")

    polled(upstream, after=2 * DAY + HOUR)

    refill.refresh_from_db()
    assert refill.status == status


def test_c18_one_error_among_many_refills_stops_no_other(upstream):
    first, second = asked(completed(upstream)), asked(completed(upstream))
    sent(upstream)
    Refill.objects.filter(pk=first.pk).update(upstream_id="555")
    upstream.box.advance(10_000)

    assert polled(upstream, after=2 * DAY + HOUR) == 1

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.tries) == (RefillStatus.IN_PROGRESS, 1)
    assert second.status == RefillStatus.COMPLETED


def test_staff_do_the_refills_of_a_manual_service():
    order = make.placed(service=make.service(listed_refill=True))
    closing.close(order.pk, Status.COMPLETED, now=make.NOW)
    refill = asked(order)
    assert (refill.due_at, refilling.due_providers(make.NOW + 9 * DAY)) == (None, [])

    refilling.complete_refill(refill.pk, actor="Ada", now=make.NOW + 3 * DAY)

    refill.refresh_from_db()
    assert refill.status == RefillStatus.COMPLETED
    assert order.events.get(kind="refill_completed").actor == "Ada"
    with pytest.raises(refilling.RefillMoved):
        refilling.reject_refill(refill.pk, reason="No.", actor="Ada", now=make.NOW)


def test_the_backlog_of_refills_names_the_oldest(upstream):
    asked(completed(upstream), after=2 * DAY)
    asked(completed(upstream), after=3 * DAY)

    waiting = refilling.backlog(make.NOW + 4 * DAY)

    assert (waiting.rows, waiting.oldest_due_at) == (2, make.NOW + 2 * DAY)


@pytest.mark.django_db(transaction=True)
def test_c17_a_refill_that_another_worker_is_claiming_is_left_to_it(upstream):
    refill = asked(completed(upstream))

    with transaction.atomic():
        Refill.objects.select_for_update().get(pk=refill.pk)
        (sent_meanwhile,) = races.together([lambda: sent(upstream)])

    assert sent_meanwhile == 0
    assert upstream.box.calls("refill") == 0


def test_staff_send_a_waiting_refill_ahead_of_its_turn(upstream):
    refill = asked(completed(upstream))
    Refill.objects.update(due_at=make.NOW + 9 * DAY)
    assert sent(upstream) == 0

    refilling.send_refill_now(refill.pk, actor="Ada", now=make.NOW)

    assert sent(upstream) == 1
    with pytest.raises(refilling.RefillMoved):
        refilling.send_refill_now(refill.pk, actor="Ada", now=make.NOW)


def test_a_refill_that_staff_deliver_cannot_be_sent():
    order = make.placed(service=make.service(listed_refill=True))
    order.move_to(Status.COMPLETED, now=make.NOW)
    refill = refilling.request_refill(order.pk, customer_id=None, now=make.NOW)

    with pytest.raises(refilling.RefillMoved):
        refilling.send_refill_now(refill.pk, actor="Ada", now=make.NOW)
