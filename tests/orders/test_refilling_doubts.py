"""Refills that are unknown, refused or not sent: never twice, never lost."""

from datetime import timedelta
from functools import partial

import pytest

from orders import refilling
from orders.lifecycle import RefillStatus
from orders.models import Attempt, Refill
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import gates, make
from tests.orders import races
from tests.orders.following import Upstream, reasons, timeline
from tests.orders.wishing import asked, completed, polled, sent

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box)


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
        answer[0]["order"] = int(order.upstream_id or 0)
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
    assert refill.due_at
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


def test_a_refill_that_the_provider_no_longer_knows_goes_to_a_person_after_ten_times(upstream):
    order = completed(upstream)
    asked(order)
    sent(upstream)
    Refill.objects.update(upstream_id="555")

    for hours in range(1, 31, 3):
        polled(upstream, after=2 * DAY + hours * HOUR)

    assert reasons(order) == ["missing"]
    assert order.refills.get().status == RefillStatus.IN_PROGRESS
