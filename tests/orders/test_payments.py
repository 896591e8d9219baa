"""Money comes in once, exactly as it was announced, or not at all."""

from decimal import Decimal

import pytest

from orders import ledger, payments
from orders.ledger import AlreadyBooked
from orders.models import Customer, LedgerEntry, Payment
from orders.payments import PaymentRefused
from orders.proving import prove
from tests import make
from tests.orders.races import together, while_it_waits

pytestmark = pytest.mark.django_db
with_real_transactions = pytest.mark.django_db(transaction=True)

CALLS = 50


def opened(customer: Customer, amount: str = "25") -> Payment:
    return payments.open_payment(
        customer, gateway="test", reference="one", amount=Decimal(amount), currency="USD"
    )


def settle(payment: Payment, *, amount: str = "25", currency: str = "USD"):
    return payments.settle(payment.pk, amount=Decimal(amount), currency=currency, now=make.NOW)


def balance_of(customer: Customer) -> Decimal:
    return Customer.objects.get(pk=customer.pk).balance


def test_a_payment_that_arrives_is_credited_and_says_when():
    customer = make.customer(balance="0")
    payment = opened(customer)

    entry = settle(payment)

    payment.refresh_from_db()
    assert (payment.status, payment.settled_at) == (Payment.Status.SETTLED, make.NOW)
    assert (entry.kind, entry.amount, entry.payment) == ("top_up", 25, payment)
    assert balance_of(customer) == 25


def test_e1_a_payment_reported_again_is_credited_once():
    customer = make.customer(balance="0")
    payment = opened(customer)
    settle(payment)

    assert settle(payment) is None
    assert balance_of(customer) == 25


@with_real_transactions
def test_e1_fifty_reports_at_once_credit_once():
    customer = make.customer(balance="0")
    payment = opened(customer)

    answers = together([lambda: settle(payment)] * CALLS)

    assert sum(isinstance(answer, LedgerEntry) for answer in answers) == 1
    assert sum(answer is None for answer in answers) == CALLS - 1
    assert balance_of(customer) == 25
    assert prove().is_sound


@with_real_transactions
def test_e8_the_second_approval_waits_for_the_first_and_then_does_nothing():
    customer = make.customer(balance="0")
    payment = opened(customer)

    with while_it_waits(lambda: settle(payment)) as second:
        settle(payment)

    assert second.result() is None
    assert balance_of(customer) == 25


@with_real_transactions
def test_an_approval_that_waited_for_a_rejection_is_refused():
    customer = make.customer(balance="0")
    payment = opened(customer)

    with while_it_waits(lambda: settle(payment)) as approval:
        assert payments.reject(payment.pk, note="Never arrived")

    with pytest.raises(PaymentRefused):
        approval.result()
    assert balance_of(customer) == 0


@with_real_transactions
def test_a_rejection_that_waited_for_an_approval_does_nothing():
    customer = make.customer(balance="0")
    payment = opened(customer)

    with while_it_waits(lambda: payments.reject(payment.pk, note="Late")) as rejection:
        settle(payment)

    assert rejection.result() is False
    assert balance_of(customer) == 25


@with_real_transactions
def test_a_credit_that_goes_around_the_payments_lock_is_still_booked_once():
    customer = make.customer(balance="0")
    payment = opened(customer)

    answers = together([lambda: ledger.top_up(payment), lambda: settle(payment)] * 5)

    booked = [answer for answer in answers if isinstance(answer, LedgerEntry)]
    assert len(booked) == 1
    assert all(a is None or isinstance(a, AlreadyBooked | LedgerEntry) for a in answers)
    assert balance_of(customer) == 25


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("24.99999999", "USD"), ("25.00000001", "USD"), ("2500", "USD"), ("25", "INR")],
)
def test_another_amount_or_currency_than_announced_credits_nothing(amount, currency):
    customer = make.customer(balance="0")
    payment = opened(customer)

    with pytest.raises(PaymentRefused):
        settle(payment, amount=amount, currency=currency)

    payment.refresh_from_db()
    assert payment.status == Payment.Status.OPEN
    assert balance_of(customer) == 0


def test_a_rejected_payment_is_never_credited():
    customer = make.customer(balance="0")
    payment = opened(customer)
    payments.reject(payment.pk, note="Forged")

    with pytest.raises(PaymentRefused):
        settle(payment)

    assert balance_of(customer) == 0


def test_a_payment_is_rejected_once_and_never_after_it_was_settled():
    rejected = opened(make.customer(balance="0"))
    settled = Payment.objects.get(customer=make.customer(balance="5"))

    assert payments.reject(rejected.pk, note="Forged") is True
    assert payments.reject(rejected.pk, note="Again") is False
    assert payments.reject(settled.pk, note="Late") is False


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity", "1000000000.00000001"])
def test_a_payment_out_of_range_cannot_be_opened(amount):
    customer = make.customer(balance="0")

    with pytest.raises(PaymentRefused):
        opened(customer, amount)

    assert not Payment.objects.exists()


def test_settling_changes_nothing_of_another_customers_payment():
    customer, stranger = make.customer(balance="0"), make.customer(balance="0")
    payment = opened(customer)
    theirs = payments.open_payment(
        stranger, gateway="test", reference="two", amount=Decimal(25), currency="USD"
    )

    settle(payment)

    theirs.refresh_from_db()
    assert theirs.status == Payment.Status.OPEN
    assert balance_of(stranger) == 0
