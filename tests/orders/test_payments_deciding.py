"""What people decide about payments counts once, whoever decides at the same moment."""

import itertools
from decimal import Decimal
from typing import Any

import pytest

from orders import payments
from orders.models import LedgerEntry, Payment
from orders.payments import PaymentRefused
from orders.proving import prove
from tests import make
from tests.orders import paying
from tests.orders.paying import MINUTE, NOW
from tests.orders.races import together, while_it_waits

pytestmark = pytest.mark.django_db
with_real_transactions = pytest.mark.django_db(transaction=True)


def transfer(**given) -> Payment:
    """A bank transfer that the customer says was made."""
    payment = paying.opened(method=paying.manual(), **given)
    payments.claim_paid(payment.pk, customer_id=payment.customer_id)
    payment.refresh_from_db()
    return payment


def confirm(payment: Payment, actor: str = "boss") -> Any:
    return payments.confirm(payment.pk, actor=actor, now=NOW)


def credit(payment: Payment, received: str, currency: str = "USD") -> LedgerEntry | None:
    return payments.credit_received(
        payment.pk, Decimal(received), currency, actor="boss", reason="As on the account", now=NOW
    )


def test_a_transfer_that_arrived_is_credited_in_the_name_of_who_saw_it():
    payment = transfer()

    entry = confirm(payment)

    payment.refresh_from_db()
    assert (entry.actor, payment.status, paying.balance(payment)) == ("boss", "settled", 25)


def test_e8_a_second_approval_credits_nothing():
    payment = transfer()
    confirm(payment)

    assert confirm(payment, "other boss") is None
    assert paying.balance(payment) == 25


@with_real_transactions
@pytest.mark.parametrize(
    ("first", "second"),
    list(itertools.product([confirm, lambda p: credit(p, "20"), paying.say], repeat=2)),
)
def test_e8_two_who_settle_at_once_credit_once(first, second):
    payment = transfer()

    with while_it_waits(lambda: second(payment)) as waiting:
        first(payment)

    assert not isinstance(waiting.result(), LedgerEntry)
    assert LedgerEntry.objects.filter(payment=payment, kind="top_up").count() == 1
    assert prove().is_sound


@with_real_transactions
def test_e8_twenty_admins_at_once_credit_once():
    payment = transfer()

    answers = together([lambda: confirm(payment)] * 20)

    assert sum(isinstance(answer, LedgerEntry) for answer in answers) == 1
    assert paying.balance(payment) == 25


@with_real_transactions
def test_an_approval_that_waited_for_a_rejection_is_refused():
    payment = transfer()

    with while_it_waits(lambda: confirm(payment)) as approval:
        assert payments.reject(payment.pk, note="Never arrived")

    with pytest.raises(PaymentRefused):
        approval.result()
    assert paying.balance(payment) == 0


@pytest.mark.parametrize(
    ("received", "credited"), [("8", "10"), ("4", "5"), ("16", "20"), ("0.01", "0.0125")]
)
def test_e4_staff_credit_what_arrived_at_the_rate_that_was_locked(received, credited):
    euro = paying.method(currency="EUR", exchange_rate=Decimal("1.25"))
    payment = paying.opened(method=euro, amount="10")
    euro.exchange_rate = Decimal(7)
    euro.save()

    credit(payment, received, "EUR")

    payment.refresh_from_db()
    assert paying.balance(payment) == Decimal(credited)
    assert (payment.amount, payment.paid_amount) == (Decimal(credited), Decimal(received))
    assert prove().is_sound


def test_the_fee_of_a_payment_shrinks_with_what_arrived():
    method = paying.method(fee_percent=Decimal(4), fee_borne_by="customer")
    payment = paying.opened(method=method, amount="25")

    credit(payment, "13")

    payment.refresh_from_db()
    assert (payment.amount, payment.fee) == (Decimal("12.5"), Decimal("0.5"))


def test_e4_another_currency_is_never_credited_here():
    payment = paying.opened()

    with pytest.raises(PaymentRefused, match="USD"):
        credit(payment, "25", "INR")

    assert paying.balance(payment) == 0


@pytest.mark.parametrize("received", ["0", "-1", "NaN", "Infinity", "0.000000001"])
def test_e13_nothing_is_not_credited(received):
    method = paying.method(currency="IDR", exchange_rate=Decimal("0.00006"))
    payment = paying.opened(method=method, amount="25")

    with pytest.raises(PaymentRefused):
        credit(payment, received, "IDR")

    payment.refresh_from_db()
    assert (payment.status, payment.amount) == ("open", 25)


@pytest.mark.parametrize("ended", [Payment.Status.REJECTED, Payment.Status.EXPIRED])
def test_staff_credit_what_arrived_after_its_end_and_the_doubt_is_answered(ended):
    payment = paying.opened()
    Payment.objects.filter(pk=payment.pk).update(status=ended)
    paying.say(payment)

    assert credit(payment, "25") is not None

    assert paying.balance(payment) == 25
    assert paying.doubts(payment) == []


def test_what_was_credited_as_it_arrived_agrees_with_the_gateway_ever_after():
    payment = paying.opened()
    paying.say(payment, paid=Decimal(20))
    credit(payment, "20")

    applied = paying.say(payment, paid=Decimal(20), refunded=Decimal(5), now=NOW + MINUTE)

    assert (applied.taken, applied.doubt) == (5, "")
    assert paying.balance(payment) == 15


def test_a_payment_is_turned_down_once_and_never_after_it_was_settled():
    payment, settled = transfer(), paying.paid()

    assert payments.reject(payment.pk, note="Never arrived") is True
    assert payments.reject(payment.pk, note="Again") is False
    assert payments.reject(settled.pk, note="Late") is False
    assert paying.balance(settled) == 25


def test_who_says_that_a_transfer_was_made_waits_and_does_not_expire():
    payment = transfer(amount="30")

    payments.expire_overdue(NOW + 400 * 24 * 60 * MINUTE)

    payment.refresh_from_db()
    assert payment.status == "waiting"


def test_only_the_owner_of_a_manual_payment_says_that_it_was_made():
    payment = paying.opened(method=paying.manual())
    by_card = paying.opened()
    stranger = make.customer(balance="0")

    assert not payments.claim_paid(payment.pk, customer_id=stranger.pk)
    assert not payments.claim_paid(by_card.pk, customer_id=by_card.customer_id)
    assert payments.claim_paid(payment.pk, customer_id=payment.customer_id, receipt="r.png")

    payment.refresh_from_db()
    assert (payment.status, payment.receipt) == ("waiting", "r.png")


def test_only_the_owner_withdraws_and_what_is_paid_afterwards_goes_to_a_person():
    payment = paying.opened()
    stranger = make.customer(balance="0")

    assert not payments.withdraw(payment.pk, customer_id=stranger.pk)
    assert payments.withdraw(payment.pk, customer_id=payment.customer_id)
    assert not payments.withdraw(payment.pk, customer_id=payment.customer_id)

    assert paying.say(payment).doubt == "late"


def test_a_settled_payment_is_neither_withdrawn_nor_claimed():
    payment = transfer()
    confirm(payment)

    assert not payments.withdraw(payment.pk, customer_id=payment.customer_id)
    assert not payments.claim_paid(payment.pk, customer_id=payment.customer_id)
