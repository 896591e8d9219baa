"""Who may ask for a refill, of which order, and when."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from orders import closing, refilling
from orders.lifecycle import RefillStatus, Status
from orders.models import Refill
from providers.sandbox import Sandbox
from tests import make
from tests.orders import races
from tests.orders.following import Upstream
from tests.orders.wishing import asked, completed, sent

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box)


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


@pytest.mark.django_db(transaction=True)
def test_a_refill_wish_waits_for_the_hand_that_ends_the_order(upstream):
    order = completed(upstream)

    with races.while_it_waits(lambda: asked(order)) as wish:
        closing.close(order.pk, Status.CANCELED, now=make.NOW)

    with pytest.raises(refilling.NotEnded):
        wish.result(20)
    assert not Refill.objects.exists()
