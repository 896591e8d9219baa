"""What a customer is about to pay: computed, shown and locked when the payment is opened."""

import uuid
from contextlib import nullcontext
from decimal import Decimal
from typing import Any

import pytest

from orders import ledger, payments
from orders.models import Customer, Payment
from orders.payments import PaymentRefused
from orders.proving import prove
from tests import make
from tests.orders import paying
from tests.orders.races import together, while_it_waits

pytestmark = pytest.mark.django_db
with_real_transactions = pytest.mark.django_db(transaction=True)


def test_what_is_paid_is_the_amount_at_the_methods_rate():
    euro = paying.method(currency="EUR", exchange_rate=Decimal("1.25"))

    payment = paying.opened(method=euro, amount="10")

    assert (payment.amount, payment.currency) == (10, "USD")
    assert (payment.pay_amount, payment.pay_currency) == (8, "EUR")


@pytest.mark.parametrize(
    ("currency", "rate", "amount", "pays"),
    [
        ("EUR", "1.1", "10", "9.10"),
        ("JPY", "0.0066", "10", "1516"),
        ("KWD", "3.25", "10", "3.077"),
        ("BTC", "97000", "10", "0.00010310"),
        ("USD", "1", "10.001", "10.01"),
    ],
)
def test_what_is_paid_is_rounded_up_to_the_smallest_coin(currency, rate, amount, pays):
    payment = paying.opened(
        method=paying.method(currency=currency, exchange_rate=Decimal(rate)), amount=amount
    )

    assert payment.pay_amount == Decimal(pays)
    assert payment.pay_amount * payment.exchange_rate >= payment.amount


def test_a_gateway_that_counts_in_larger_steps_is_paid_in_them():
    payment = paying.opened(amount="10.01", step=Decimal("0.5"))

    assert payment.pay_amount == Decimal("10.5")


def test_a_fee_borne_by_the_customer_is_paid_on_top():
    method = paying.method(
        fee_fixed=Decimal("0.30"), fee_percent=Decimal("2.9"), fee_borne_by="customer"
    )

    payment = paying.opened(method=method, amount="100")

    assert (payment.amount, payment.fee, payment.pay_amount) == (
        100,
        Decimal("3.2"),
        Decimal("103.2"),
    )


def test_a_fee_borne_by_the_operator_costs_the_customer_nothing():
    method = paying.method(fee_fixed=Decimal("0.30"), fee_percent=Decimal("2.9"))

    payment = paying.opened(method=method, amount="100")

    assert (payment.fee, payment.pay_amount) == (0, 100)


def test_terms_are_locked_when_the_payment_is_opened():
    method = paying.method(currency="EUR", exchange_rate=Decimal("1.25"))
    payment = paying.opened(method=method, amount="10")
    method.exchange_rate = Decimal("2.5")
    method.save()

    paying.say(payment, paid=Decimal(8))

    payment.refresh_from_db()
    assert (payment.exchange_rate, paying.balance(payment)) == (Decimal("1.25"), 10)


@pytest.mark.parametrize(
    "amount", ["-5", "0", "0.000001", "4.99999999", "500.00000001", "1E+30", "NaN", "Infinity"]
)
def test_e13_an_amount_outside_of_the_methods_limits_is_not_opened(amount):
    method = paying.method(min_amount=Decimal(5), max_amount=Decimal(500))

    with pytest.raises(PaymentRefused, match="from 5 to 500"):
        paying.opened(method=method, amount=amount)

    assert not Payment.objects.filter(method=method).exists()


def test_e13_an_amount_finer_than_money_is_refused():
    with pytest.raises(PaymentRefused, match="decimals"):
        paying.opened(amount="10.000000001")


@pytest.mark.parametrize(
    ("limits", "is_open"),
    [
        ({}, True),
        ({"countries": ["DE", "AT"]}, True),
        ({"countries": ["US"]}, False),
        ({"groups": ["resellers"]}, True),
        ({"groups": ["staff"]}, False),
        ({"countries": ["DE"], "groups": ["staff"]}, False),
        ({"is_active": False}, False),
    ],
)
def test_a_method_is_for_its_countries_and_groups(limits, is_open):
    customer = make.customer(balance="0", country="DE", group="resellers")
    method = paying.method(**limits)

    assert (method in payments.methods_for(customer)) == is_open
    if is_open:
        assert paying.opened(customer=customer, method=method)
    else:
        with pytest.raises(PaymentRefused, match="not available"):
            paying.opened(customer=customer, method=method)


@pytest.mark.parametrize("status", [Customer.Status.FROZEN, Customer.Status.SUSPENDED])
def test_who_is_frozen_or_suspended_opens_no_payment(status):
    with pytest.raises(PaymentRefused, match="may not pay in"):
        paying.opened(customer=make.customer(balance="0", status=status))


@pytest.mark.parametrize(
    ("status", "may"), [(Customer.Status.FROZEN, True), (Customer.Status.SUSPENDED, False)]
)
def test_who_is_frozen_may_pay_what_they_owe_and_who_is_suspended_may_not(status, may):
    debtor = make.customer(balance="0", credit_limit=Decimal(50))
    ledger.adjust(debtor, Decimal(-20), cause="debt", reason="A debt", actor="staff")
    Customer.objects.filter(pk=debtor.pk).update(status=status)

    with nullcontext() if may else pytest.raises(PaymentRefused, match="may not pay in"):
        assert paying.opened(customer=debtor).status == "open"


def test_a_customer_has_so_many_open_payments_and_no_more():
    customer, method = make.customer(balance="0"), paying.method()
    first = paying.opened(customer=customer, method=method)
    for _ in range(payments.OPEN_MAX - 1):
        paying.opened(customer=customer, method=method)

    with pytest.raises(PaymentRefused, match="withdraw"):
        paying.opened(customer=customer, method=method)

    assert payments.withdraw(first.pk, customer_id=customer.pk)
    assert paying.opened(customer=customer, method=method)


def test_the_same_form_sent_again_gives_the_same_payment():
    customer, method, token = make.customer(balance="0"), paying.method(), uuid.uuid4()

    first = paying.opened(customer=customer, method=method, token=token)
    again = paying.opened(customer=customer, method=method, token=token, amount="40")

    assert (again.pk, again.amount) == (first.pk, 25)


@with_real_transactions
def test_a_form_sent_ten_times_at_once_opens_one_payment():
    customer, method, token = make.customer(balance="0"), paying.method(), uuid.uuid4()

    def send():
        return paying.opened(customer=customer, method=method, token=token, reference=None)

    answers = together([send] * 10)

    assert {answer.pk for answer in answers} == {Payment.objects.get().pk}


def test_the_token_of_another_customers_payment_opens_nothing():
    theirs = paying.opened()

    with pytest.raises(PaymentRefused, match="again"):
        paying.opened(token=theirs.token)

    assert Payment.objects.count() == 1


@with_real_transactions
def test_a_form_that_waited_for_the_last_payment_allowed_is_refused():
    customer, method = make.customer(balance="0"), paying.method()
    for _ in range(payments.OPEN_MAX - 1):
        paying.opened(customer=customer, method=method)

    def send():
        return paying.opened(customer=customer, method=method, reference=None)

    with while_it_waits(send) as one_too_many:
        send()

    with pytest.raises(PaymentRefused, match="withdraw"):
        one_too_many.result()
    assert Payment.objects.count() == payments.OPEN_MAX


def test_a_quote_shows_what_opening_would_lock_and_writes_nothing():
    customer = make.customer(balance="0")
    method = paying.method(fee_percent=Decimal(4), fee_borne_by="customer")
    paying.rule("10", from_amount=Decimal(20))

    shown: Any = payments.quote(customer, method, Decimal(25), now=make.NOW)

    assert (shown.fee, shown.pay_amount, shown.bonus) == (1, 26, Decimal("2.5"))
    assert shown.credited == Decimal("27.5")
    assert not Payment.objects.exists()


def test_a_manual_payment_has_a_memo_to_be_found_by_and_is_not_asked_about():
    one, other = (paying.opened(method=paying.manual()) for _ in range(2))

    assert len(one.memo) == len(other.memo) == 8
    assert one.memo != other.memo
    assert one.next_check_at is None


def test_a_reference_that_another_payment_has_is_refused():
    first, second = paying.opened(), paying.opened()

    with pytest.raises(PaymentRefused, match="another payment"):
        payments.note_created(second.pk, reference=first.reference)


def test_opening_leaves_the_book_sound():
    paying.opened()

    assert prove().is_sound
