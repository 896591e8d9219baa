"""Refills: who may ask, sent once, followed to their end."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from orders import closing, refilling
from orders.lifecycle import RefillStatus, Status
from orders.models import Attempt, Refill
from orders.refilling import following
from orders.wishes import rounds
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import gates, make
from tests.orders import races
from tests.orders.following import Upstream, reasons, timeline

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box)


def completed(upstream, **columns):
    """An order that completed at make.NOW, here and at the provider."""
    order = upstream.order(service=upstream.service(**columns))
    upstream.box.advance(1_000)
    closing.close(order.pk, Status.COMPLETED, now=make.NOW)
    order.refresh_from_db()
    return order


def asked(order, *, after=2 * DAY):
    return refilling.request_refill(order.pk, customer_id=order.customer_id, now=make.NOW + after)


def sent(upstream, *, after=2 * DAY):
    return refilling.forward_refills(upstream.provider.pk, now=make.NOW + after)


def polled(upstream, *, after):
    return refilling.poll_refills(upstream.provider.pk, now=make.NOW + after)


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


def test_c17_two_wishes_at_the_same_moment_make_one_refill(upstream):
    order = completed(upstream)
    asked(order)

    with pytest.raises(refilling.RefillTooSoon):
        asked(order)

    assert sent(upstream) == 1
    assert sent(upstream) == 0
    assert upstream.box.calls("refill") == 1


@pytest.mark.django_db(transaction=True)
def test_c17_parallel_wishes_make_one_refill(upstream):
    order = completed(upstream)

    outcomes = races.together([partial(asked, order)] * 8)

    assert Counter(type(one) for one in outcomes) == {Refill: 1, refilling.RefillTooSoon: 7}
    assert Refill.objects.count() == 1


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


def test_c17_a_refill_id_that_is_known_already_goes_to_a_person(upstream):
    first, second = completed(upstream), completed(upstream)
    upstream.box.fault("json", {"refill": "77"}, action="refill")
    asked(first)
    sent(upstream)
    asked(second)

    sent(upstream)

    assert second.refills.get().status == RefillStatus.UNCONFIRMED
    assert reasons(second) == ["silent"]
    assert first.refills.get().status == RefillStatus.IN_PROGRESS


@pytest.mark.parametrize("status", ["Canceled", "Rejected"])
def test_c17_no_refill_for_an_order_that_brought_nothing(upstream, status):
    order = upstream.order()
    closing.close(order.pk, Status.CANCELED, now=make.NOW)

    with pytest.raises(refilling.NotEnded):
        asked(order)


def test_a_partial_order_may_be_refilled(upstream):
    order = upstream.order()
    closing.close(order.pk, Status.PARTIAL, undelivered=10, now=make.NOW)

    assert asked(order).status == RefillStatus.REQUESTED


def test_a_service_without_refill_is_not_refilled(upstream):
    order = completed(upstream, listed_refill=False)

    with pytest.raises(refilling.RefillDisabled, match="Refill is disabled for this service"):
        asked(order)


def test_an_order_under_way_is_not_refilled(upstream):
    with pytest.raises(refilling.NotEnded):
        asked(upstream.order())


def test_a_foreign_order_reads_as_no_order(upstream):
    order = completed(upstream)

    with pytest.raises(refilling.IncorrectOrder, match="Incorrect order ID"):
        refilling.request_refill(order.pk, customer_id=make.customer().pk, now=make.NOW + 2 * DAY)


def test_no_refill_within_a_day_of_completion_or_of_the_last_refill(upstream):
    order = completed(upstream)
    text = "The order was completed or refill was requested less than 24 hours ago"
    with pytest.raises(refilling.RefillTooSoon, match=text):
        asked(order, after=DAY - MINUTE)

    refill = asked(order, after=DAY)
    refilling.reject_refill(refill.pk, reason="No.", actor="Ada", now=make.NOW + DAY + HOUR)
    with pytest.raises(refilling.RefillTooSoon):
        asked(order, after=2 * DAY - MINUTE)
    assert asked(order, after=2 * DAY).status == RefillStatus.REQUESTED


def test_no_refill_when_the_days_are_over_except_by_staff(upstream):
    order = completed(upstream, refill_days=5)
    assert_last = make.NOW + 5 * DAY
    with pytest.raises(refilling.RefillDaysOver, match="Refill days are over"):
        asked(order, after=5 * DAY)

    refill = refilling.request_refill(order.pk, customer_id=None, now=assert_last)

    assert refill.status == RefillStatus.REQUESTED


@pytest.mark.parametrize("kind", ["timeout_after", "drop_after", "html200", "truncated", "empty"])
def test_a_refill_without_a_usable_answer_is_never_sent_again_by_a_machine(upstream, kind):
    Provider.objects.update(timeout_s=1)
    order = completed(upstream)
    refill = asked(order)
    upstream.box.fault(kind, action="refill")

    sent(upstream)
    upstream.box.clear()
    Provider.objects.update(circuit_open_until=None)
    sent(upstream, after=3 * DAY)

    refill.refresh_from_db()
    assert refill.status == RefillStatus.UNCONFIRMED
    assert upstream.box.calls("refill") == 1
    assert reasons(order) == ["silent"]
    with pytest.raises(refilling.RefillTooSoon):
        asked(order, after=5 * DAY)


def test_an_unconfirmed_refill_is_resolved_by_a_person(upstream):
    order = completed(upstream)
    refill = asked(order)
    upstream.box.fault("empty", action="refill", times=1)
    sent(upstream)

    refilling.refill_was_not_placed(refill.pk, actor="Ada", now=make.NOW + 2 * DAY)
    assert reasons(order) == []
    sent(upstream, after=2 * DAY + HOUR)

    refill.refresh_from_db()
    assert refill.status == RefillStatus.IN_PROGRESS
    assert upstream.box.calls("refill") == 2


def test_an_unconfirmed_refill_that_the_provider_has_is_followed(upstream):
    order = completed(upstream)
    refill = asked(order)
    upstream.box.fault("drop_after", action="refill")
    sent(upstream)
    number = next(iter(upstream.box.provider.book.refills))

    refilling.refill_was_placed(refill.pk, str(number), actor="Ada", now=make.NOW + 2 * DAY)
    upstream.box.advance(10_000)
    Provider.objects.update(circuit_open_until=None)
    polled(upstream, after=2 * DAY)

    refill.refresh_from_db()
    assert refill.status == RefillStatus.COMPLETED


def test_a_refused_refill_is_rejected_with_the_providers_words(upstream):
    order = completed(upstream)
    refill = asked(order)
    upstream.box.fault("json", {"error": "Not this one"}, action="refill")

    sent(upstream)

    refill.refresh_from_db()
    assert (refill.status, refill.answer) == (RefillStatus.REJECTED, "Not this one")
    assert timeline(order, "refill_rejected") == ["Not this one"]
    assert Attempt.objects.get(action="refill").outcome == "refused"


@pytest.mark.parametrize(
    "answer", [{"refill": {"error": "Cannot"}}, [{"order": 0, "refill": {"error": "Cannot"}}]]
)
def test_an_error_inside_the_refill_is_a_failure(upstream, answer):
    order = completed(upstream)
    refill = asked(order)
    if isinstance(answer, list):
        answer[0]["order"] = int(order.upstream_id)
    upstream.box.fault("json", answer, action="refill")

    sent(upstream)

    refill.refresh_from_db()
    assert (refill.status, refill.answer) == (RefillStatus.REJECTED, "Cannot")


@pytest.mark.parametrize("error", ["Too many requests", "Invalid API key"])
def test_a_refusal_that_is_not_about_the_order_is_tried_again_later(upstream, error):
    order = completed(upstream)
    refill = asked(order)
    upstream.box.fault("json", {"error": error}, action="refill", times=1)

    sent(upstream)
    refill.refresh_from_db()
    assert (refill.status, refill.tries) == (RefillStatus.REQUESTED, 1)
    assert refill.due_at > make.NOW + 2 * DAY
    sent(upstream, after=2 * DAY + HOUR)

    refill.refresh_from_db()
    assert refill.status == RefillStatus.IN_PROGRESS


def test_a_provider_that_is_not_reached_is_tried_again_later(upstream):
    order = completed(upstream)
    refill = asked(order)
    Provider.objects.update(url="http://127.0.0.1:1/api/v2")

    sent(upstream)

    refill.refresh_from_db()
    assert (refill.status, refill.tries) == (RefillStatus.REQUESTED, 1)
    assert Attempt.objects.get(action="refill").outcome == "unreachable"


def test_a_worker_lost_while_it_asked_leaves_an_unconfirmed_refill(upstream):
    order = completed(upstream)
    refill = asked(order)
    lease = make.NOW + 2 * DAY
    Refill.objects.update(status="submitting", claimed_until=lease, due_at=lease)
    Attempt.objects.create(
        order=order, action="refill", provider=upstream.provider, lease_until=lease
    )

    assert sent(upstream, after=2 * DAY + MINUTE) == 0

    refill.refresh_from_db()
    assert refill.status == RefillStatus.UNCONFIRMED
    assert Attempt.objects.get(action="refill").outcome == "silent"
    assert upstream.box.calls("refill") == 0


@pytest.mark.django_db(transaction=True)
def test_a_late_answer_never_overwrites_what_staff_decided(upstream):
    order = completed(upstream)
    refill = asked(order)

    with gates.held(upstream.box, "refill") as gate:
        sender = races.beside(partial(sent, upstream))
        gate.wait_for(1)
        # While it is being sent, staff may not decide; after a lost lease they may.
        with pytest.raises(refilling.RefillMoved):
            refilling.reject_refill(refill.pk, reason="No.", actor="Ada", now=make.NOW)
        refilling.expire_claims(upstream.provider.pk, now=make.NOW + 9 * DAY)
        refilling.reject_refill(refill.pk, reason="No.", actor="Ada", now=make.NOW + 9 * DAY)
    sender.result(races.DEADLINE_S)

    refill.refresh_from_db()
    assert (refill.status, refill.answer) == (RefillStatus.REJECTED, "No.")
    assert Attempt.objects.get(action="refill").outcome == "accepted"


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


def test_a_refill_that_the_provider_no_longer_knows_goes_to_a_person_after_ten_times(upstream):
    order = completed(upstream)
    asked(order)
    sent(upstream)
    Refill.objects.update(upstream_id="555")

    for hours in range(1, 31, 3):
        polled(upstream, after=2 * DAY + hours * HOUR)

    assert reasons(order) == ["missing"]
    assert order.refills.get().status == RefillStatus.IN_PROGRESS


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
def test_a_refill_wish_waits_for_the_hand_that_ends_the_order(upstream):
    order = completed(upstream)

    with races.while_it_waits(lambda: asked(order)) as wish:
        closing.close(order.pk, Status.CANCELED, now=make.NOW)

    with pytest.raises(refilling.NotEnded):
        wish.result(20)
    assert not Refill.objects.exists()


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
