"""What a gateway says becomes what the book says: once, in whatever order it is told."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders import payments
from orders.models import PaymentDoubt
from orders.payments import Applied, doubting
from orders.proving import prove
from tests.orders import paying
from tests.orders.paying import MINUTE, NOW
from tests.orders.races import together, while_it_waits

pytestmark = pytest.mark.django_db
with_real_transactions = pytest.mark.django_db(transaction=True)

DELIVERIES = 100
Reason = PaymentDoubt.Reason


def test_what_was_asked_for_and_arrived_is_credited():
    payment = paying.opened()

    applied = paying.say(payment, fee=Decimal("1.03"))

    payment.refresh_from_db()
    assert applied == Applied("settled", credited=Decimal(25))
    assert (payment.status, payment.settled_at, payment.paid_amount) == ("settled", NOW, 25)
    assert paying.entries(payment) == [("top_up", Decimal(25))]
    assert paying.balance(payment) == 25


def test_e1_the_same_report_again_credits_nothing():
    payment = paying.paid()

    applied = paying.say(payment)

    assert applied == Applied("settled")
    assert paying.balance(payment) == 25


@with_real_transactions
def test_e1_a_hundred_deliveries_at_once_credit_once():
    payment = paying.opened()

    answers = together([lambda: paying.say(payment)] * DELIVERIES)

    assert sum(answer.credited for answer in answers) == 25
    assert paying.entries(payment) == [("top_up", Decimal(25))]
    assert prove().is_sound


@with_real_transactions
def test_e1_a_delivery_that_waited_for_the_first_finds_it_done():
    payment = paying.opened()

    with while_it_waits(lambda: paying.say(payment)) as second:
        paying.say(payment)

    assert second.result() == Applied("settled")
    assert paying.balance(payment) == 25


STORY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("open", {}),
    ("paid", {}),
    ("paid", {"refunded": Decimal(10)}),
    ("paid", {"refunded": Decimal(25)}),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_e3_in_whatever_order_reports_come_the_state_at_the_gateway_counts(order):
    payment = paying.opened()

    for number, step in enumerate([*order, 3]):
        state, changes = STORY[step]
        paying.say(payment, state, now=NOW + number * MINUTE, **changes)

    payment.refresh_from_db()
    assert (payment.status, payment.taken_back) == ("settled", 25)
    assert paying.balance(payment) == 0
    assert prove().is_sound


def test_e3_refunded_before_we_heard_that_it_was_paid_is_booked_both_ways():
    payment = paying.opened()

    applied = paying.say(payment, refunded=Decimal(25))

    assert (applied.credited, applied.taken) == (25, 25)
    assert paying.entries(payment) == [("top_up", 25), ("chargeback", -25)]


def test_e3_an_answer_to_an_older_question_gives_nothing_back():
    payment = paying.paid()
    paying.say(payment, refunded=Decimal(25), now=NOW + 2 * MINUTE)

    paying.say(payment, now=NOW + MINUTE)

    payment.refresh_from_db()
    assert (payment.taken_back, paying.balance(payment)) == (25, 0)
    assert payment.next_check_at == NOW + MINUTE


def test_e3_an_answer_to_an_older_question_takes_nothing():
    payment = paying.paid()
    paying.say(payment, now=NOW + 2 * MINUTE)

    paying.say(payment, disputed=True, now=NOW + MINUTE)

    payment.refresh_from_db()
    assert (payment.is_disputed, paying.balance(payment)) == (False, 25)


def test_e3_an_answer_to_an_older_question_may_still_credit():
    payment = paying.opened()
    paying.say(payment, "open", now=NOW + 2 * MINUTE)

    paying.say(payment, now=NOW + MINUTE)

    assert paying.balance(payment) == 25


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"paid": Decimal("0.25")}, Reason.AMOUNT),
        ({"paid": Decimal("24.99")}, Reason.AMOUNT),
        ({"paid": Decimal("25.01")}, Reason.AMOUNT),
        ({"paid": None}, Reason.AMOUNT),
        ({"paid": Decimal("NaN")}, Reason.AMOUNT),
        ({"currency": "INR"}, Reason.CURRENCY),
        ({"currency": ""}, Reason.CURRENCY),
        ({"merchant_reference": "somebody else's"}, Reason.REFERENCE),
        ({"merchant_reference": "", "reference": ""}, Reason.REFERENCE),
        ({"reference": "session of another"}, Reason.REFERENCE),
        ({"state": "succeeded"}, Reason.UNKNOWN_STATE),
    ],
)
def test_e4_what_differs_credits_nothing_and_goes_to_a_person(changes, reason):
    payment = paying.opened()

    applied = paying.say(payment, **changes)

    payment.refresh_from_db()
    assert applied == Applied("open", doubt=reason)
    assert (payment.status, paying.balance(payment)) == ("open", 0)
    assert paying.doubts(payment) == [reason]


def test_e4_the_same_doubt_is_opened_once_and_not_again_after_a_person_has_looked():
    payment = paying.opened()
    paying.say(payment, paid=Decimal(1))
    paying.say(payment, paid=Decimal(1), now=NOW + MINUTE)
    doubt = payment.doubts.get()
    assert doubting.close(doubt.pk, note="Wait for the rest", actor="boss", now=NOW)

    paying.say(payment, paid=Decimal(1), now=NOW + 2 * MINUTE)

    assert paying.doubts(payment) == []
    paying.say(payment, paid=Decimal(2), now=NOW + 3 * MINUTE)
    assert paying.doubts(payment) == [Reason.AMOUNT]


def test_e4_what_was_underpaid_and_then_made_whole_is_credited_and_the_doubt_answered():
    payment = paying.opened()
    paying.say(payment, paid=Decimal(1))

    paying.say(payment, now=NOW + MINUTE)

    assert paying.balance(payment) == 25
    assert paying.doubts(payment) == []


def test_e5_a_payment_that_is_only_looked_at_stays_open():
    payment = paying.opened()

    applied = paying.say(payment, "open")

    assert applied == Applied("open")
    assert paying.balance(payment) == 0


def test_a_payment_that_was_rejected_and_is_paid_there_goes_to_a_person():
    payment = paying.opened()
    payments.reject(payment.pk, note="Fraud")

    applied = paying.say(payment)

    assert applied == Applied("rejected", doubt=Reason.LATE)
    assert paying.balance(payment) == 0


def test_what_failed_at_the_gateway_is_rejected_and_what_ran_out_expires():
    failed, ran_out = paying.opened(), paying.opened()

    paying.say(failed, "failed")
    paying.say(ran_out, "expired")

    failed.refresh_from_db()
    ran_out.refresh_from_db()
    assert (failed.status, ran_out.status) == ("rejected", "expired")
    assert failed.next_check_at is None


def test_a_payment_whose_name_was_lost_in_a_crash_is_found_by_our_own():
    payment = paying.opened(reference=None)

    paying.say(payment)

    payment.refresh_from_db()
    assert (payment.reference, payment.status) == ("session-late", "settled")


def test_a_name_that_another_payment_has_is_not_taken():
    named, nameless = paying.opened(), paying.opened(reference=None)

    applied = paying.say(nameless, reference=named.reference)

    assert applied.doubt == Reason.REFERENCE
    assert paying.balance(nameless) == 0


def test_more_that_arrives_on_a_settled_payment_is_for_a_person_and_refunds_are_booked_still():
    payment = paying.paid()

    paying.say(payment, paid=Decimal(30), refunded=Decimal(10), now=NOW + MINUTE)

    assert paying.doubts(payment) == [Reason.AMOUNT]
    assert paying.balance(payment) == 15


def test_forged_messages_are_counted_by_the_hour_in_one_row():
    method = paying.method()
    for minute in (0, 20, 59, 60):
        now = NOW + minute * MINUTE
        doubting.count_forged(method.pk, evidence="Signature differs", now=now)

    rows = PaymentDoubt.objects.order_by("id").values_list("reason", "times")
    assert list(rows) == [("signature", 3), ("signature", 1)]


def test_a_settled_payment_is_asked_about_ever_more_rarely_and_then_never():
    payment = paying.paid()
    now, asked = NOW, []
    while payment.next_check_at:
        now = payment.next_check_at
        asked.append((now - NOW).days)
        paying.say(payment, now=now)
        payment.refresh_from_db()

    assert asked == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert now - NOW > timedelta(days=180)


@pytest.mark.parametrize("state", ["failed", "expired"])
def test_e3_what_was_paid_and_is_not_any_more_moves_nothing_and_goes_to_a_person(state):
    payment = paying.paid()

    applied = paying.say(payment, state, now=NOW + MINUTE)
    paying.say(payment, state, now=NOW + 2 * MINUTE)

    assert (applied.status, applied.doubt) == ("settled", "unknown_state")
    assert paying.doubts(payment) == ["unknown_state"]
    assert paying.entries(payment) == [("top_up", 25)]


def test_e3_what_staff_credited_may_have_failed_at_the_gateway():
    payment = paying.opened()
    payments.confirm(payment.pk, actor="boss", now=NOW)

    paying.say(payment, "expired", now=NOW + MINUTE)

    assert paying.doubts(payment) == []
