"""Nobody told us: open payments are asked about until their time is over."""

from datetime import timedelta

import pytest
from django.db import transaction

from orders import payments
from orders.payments import inbox
from orders.payments.opening import OPEN_FOR, OPEN_FOR_BY_HAND
from tests import make
from tests.orders import paying
from tests.orders.paying import MINUTE, NOW
from tests.orders.races import together

pytestmark = pytest.mark.django_db
with_real_transactions = pytest.mark.django_db(transaction=True)


def test_e9_an_open_payment_is_asked_about_every_ten_minutes_for_two_days_then_expires():
    payment = paying.opened()
    now, asked = NOW, 0
    while payment.status == "open":
        now += MINUTE
        for payment_id in payments.due_checks(now):
            asked += 1
            assert payment_id == payment.pk
            paying.say(payment, "open", now=now)
        payment.refresh_from_db()

    assert asked == OPEN_FOR / timedelta(minutes=10)
    assert (payment.status, now) == ("expired", NOW + OPEN_FOR)
    assert payments.due_checks(now + OPEN_FOR) == []


def test_e9_a_credit_that_no_webhook_told_of_is_found():
    payment = paying.opened()

    (due,) = payments.due_checks(NOW + 10 * MINUTE)
    paying.say(payment, now=NOW + 10 * MINUTE)

    assert due == payment.pk
    assert paying.balance(payment) == 25


def test_e9_a_payment_whose_gateway_never_answers_is_asked_again_and_given_up_in_the_end():
    payment = paying.opened()
    assert payments.due_checks(NOW + 10 * MINUTE) == [payment.pk]
    assert payments.due_checks(NOW + 19 * MINUTE) == []
    assert payments.due_checks(NOW + 20 * MINUTE) == [payment.pk]

    assert payments.expire_overdue(NOW + OPEN_FOR) == 0
    assert payments.expire_overdue(NOW + OPEN_FOR + timedelta(hours=24)) == 1

    payment.refresh_from_db()
    assert (payment.status, payment.next_check_at) == ("expired", None)


def test_a_manual_payment_that_nobody_claims_expires_by_itself():
    payment = paying.opened(method=paying.manual())

    assert payments.expire_overdue(NOW + OPEN_FOR) == 0
    assert payments.expire_overdue(NOW + OPEN_FOR_BY_HAND) == 1

    payment.refresh_from_db()
    assert payment.status == "expired"


def test_a_payment_of_before_without_a_method_is_never_asked_about():
    make.customer(balance="10")

    assert payments.due_checks(NOW + timedelta(days=400)) == []


@with_real_transactions
def test_two_clocks_at_once_never_take_the_same_payment():
    for _ in range(12):
        paying.opened()
    later = NOW + 10 * MINUTE

    answers = together([lambda: payments.due_checks(later, limit=4)] * 4)

    taken = [payment_id for answer in answers for payment_id in answer]
    assert len(taken) == len(set(taken)) == 12


@with_real_transactions
def test_a_clock_does_not_wait_for_a_payment_that_is_being_settled():
    busy, free = paying.opened(), paying.opened()
    with transaction.atomic():
        paying.say(busy, "open", now=NOW - MINUTE)
        (found,) = together([lambda: payments.due_checks(NOW + 10 * MINUTE)])

    assert found == [free.pk]


def test_the_backlog_tells_how_many_are_due_and_since_when():
    paying.opened()
    paying.opened(now=NOW + 5 * MINUTE)

    behind = payments.backlog(NOW + 12 * MINUTE)

    assert (behind.rows, behind.oldest_due_at) == (1, NOW + 10 * MINUTE)


def test_e1_a_message_is_taken_in_once_and_one_left_lying_by_a_crash_again():
    method, payment = paying.method(), paying.opened()
    event = inbox.receive(method.pk, "evt_1", digest="0" * 64)
    assert inbox.receive(method.pk, "evt_1", digest="0" * 64) == event

    assert event is not None
    inbox.conclude(event, payment_id=payment.pk, outcome="credited")

    assert inbox.receive(method.pk, "evt_1", digest="0" * 64) is None
    assert inbox.receive(paying.method().pk, "evt_1", digest="0" * 64) is not None


@with_real_transactions
def test_e1_a_message_delivered_fifty_times_at_once_is_one_row():
    method = paying.method()

    answers = together([lambda: inbox.receive(method.pk, "evt_1", digest="0" * 64)] * 50)

    assert len({answer.pk for answer in answers}) == 1
