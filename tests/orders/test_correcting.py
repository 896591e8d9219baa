"""What staff put right by hand moves just the money that they saw, and only from legal states."""

from decimal import Decimal

import pytest
from django.utils import timezone

from orders import correcting
from orders.lifecycle import Status
from orders.models import LedgerEntry, OrderEvent, Review
from tests import make
from tests.orders.upstream import fresh

pytestmark = pytest.mark.django_db


def bought(status=Status.IN_PROGRESS, **service):
    order = make.placed(service=make.service(rate="2", **service), now=timezone.now())
    if status != Status.PENDING:
        order.move_to(status, now=timezone.now())
    return order


def end(order, status, shown, **how):
    how.setdefault("reason", "because")
    now = timezone.now()
    return correcting.end(order.pk, status, shown=Decimal(shown), actor="ann", now=now, **how)


def test_an_order_ends_with_the_refund_that_was_shown():
    order = bought()

    closed = end(order, Status.PARTIAL, "0.5", undelivered=250)

    assert closed.refunded == Decimal("0.5")
    assert fresh(order).status == Status.PARTIAL
    assert OrderEvent.objects.filter(order=order, kind="partial", actor="ann").exists()


def test_another_refund_than_the_one_shown_is_not_booked():
    order = bought()

    with pytest.raises(correcting.NotAsShown):
        end(order, Status.CANCELED, "1.99")

    assert fresh(order).status == Status.IN_PROGRESS
    assert not LedgerEntry.objects.filter(kind="refund").exists()


def test_the_rest_of_a_partial_order_goes_back_once():
    order = bought()
    end(order, Status.PARTIAL, "0.5", undelivered=250)

    end(order, Status.CANCELED, "1.5")
    with pytest.raises(correcting.CannotCorrect):
        end(order, Status.CANCELED, "0")

    assert fresh(order).refunded == Decimal(2)


def test_an_order_that_is_being_sent_is_left_alone():
    order = make.placed(service=make.service(rate="2", offers=[make.offer(make.provider())]))
    order.move_to(Status.SUBMITTING, now=timezone.now())

    with pytest.raises(correcting.CannotCorrect):
        end(order, Status.CANCELED, "2")


def test_an_order_that_was_not_sent_cannot_be_partial():
    order = make.placed(service=make.service(rate="2", offers=[make.offer(make.provider())]))

    with pytest.raises(correcting.CannotCorrect):
        end(order, Status.PARTIAL, "0.5", undelivered=250)


def test_a_package_is_never_partial():
    package = make.service(type="Package", listed_min=1, listed_max=1)
    order = make.placed(service=package, now=timezone.now(), quantity="")
    order.move_to(Status.IN_PROGRESS, now=timezone.now())

    assert not correcting.may_end(fresh(order), Status.PARTIAL)


def test_units_beyond_the_order_are_refused():
    with pytest.raises(correcting.CannotCorrect):
        end(bought(), Status.PARTIAL, "2", undelivered=1001)


def test_ending_closes_the_questions_about_the_order():
    order = bought()
    Review.ask(order.pk, Review.Reason.WORD, "?")

    end(order, Status.COMPLETED, "0")

    assert Review.objects.get().resolution == "completed: because"


def test_an_order_without_a_provider_is_delivered_by_hand():
    order = bought(Status.PENDING)

    correcting.begin(order.pk, actor="ann", now=timezone.now())
    end(order, Status.COMPLETED, "0")

    assert fresh(order).status == Status.COMPLETED


def test_an_order_of_a_provider_is_not_begun_by_hand():
    order = make.placed(service=make.service(offers=[make.offer(make.provider())]))

    with pytest.raises(correcting.CannotCorrect):
        correcting.begin(order.pk, actor="ann", now=timezone.now())


@pytest.mark.parametrize("count", [-1, 10**15 + 1])
def test_a_start_count_that_cannot_be_is_refused(count):
    with pytest.raises(correcting.CannotCorrect):
        correcting.set_start_count(bought().pk, count, actor="ann")


def test_a_start_count_is_written_with_what_it_was():
    order = bought()

    correcting.set_start_count(order.pk, 3572, actor="ann")

    assert fresh(order).start_count == 3572
    event = OrderEvent.objects.get(order=order, kind="start_count")
    assert event.text == "Start count None set to 3572."


@pytest.mark.parametrize("reason", ["silent", "brake", "margin", "source"])
def test_a_question_that_says_why_an_order_stands_still_cannot_be_left(reason):
    order = bought()
    Review.ask(order.pk, reason, "?")

    with pytest.raises(correcting.CannotCorrect):
        correcting.leave(order.pk, reason="", actor="ann", now=timezone.now())
