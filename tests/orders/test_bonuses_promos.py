"""Promo codes: kept when a payment is opened, given with it, used as often as may be."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from orders import payments
from orders.models import LedgerEntry, Payment, PromoCode, PromoUse
from orders.payments import CodeRefused, codes
from orders.proving import prove
from tests import make
from tests.orders import paying
from tests.orders.paying import MINUTE, NOW
from tests.orders.races import together, while_it_waits

pytestmark = pytest.mark.django_db
with_real_transactions = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
CODE = "SUMMER-26"


def test_a_promo_code_is_kept_with_the_payment_and_given_with_it():
    paying.promo(CODE, percent=Decimal(20))

    payment = paying.paid(promo_code="summer 26")

    use = PromoUse.objects.get(payment=payment)
    entry = LedgerEntry.objects.get(cause=f"promo:{use.pk}")
    assert (entry.amount, use.given, payment.bonus) == (5, 5, 5)
    assert PromoCode.objects.get().uses == 1
    assert paying.balance(payment) == 30
    assert prove().is_sound


def test_a_promo_code_and_the_bonus_of_the_method_add_up():
    paying.rule("10")
    paying.promo(CODE, fixed=Decimal(3))

    payment = paying.paid(promo_code=CODE)

    assert (payment.bonus, paying.balance(payment)) == (Decimal("5.5"), Decimal("30.5"))


def test_only_the_digest_of_a_promo_code_is_kept():
    paying.promo(CODE)

    row = PromoCode.objects.get()
    assert (row.prefix, row.digest) == ("SUMM", codes.digest("summer26"))
    assert "SUMMER" not in str(PromoCode.objects.values("prefix", "digest").get())


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"starts_at": NOW + DAY}, "at the moment"),
        ({"ends_at": NOW}, "at the moment"),
        ({"min_amount": Decimal("25.01")}, "from 25.01"),
        ({"is_active": False}, "no such code"),
    ],
)
def test_a_promo_code_that_does_not_fit_opens_nothing_and_says_why(terms, says):
    paying.promo(CODE, **terms)

    with pytest.raises(CodeRefused, match=says):
        paying.opened(promo_code=CODE)

    assert not Payment.objects.exists()


def test_a_promo_code_of_one_method_is_for_that_alone():
    method = paying.method()
    paying.promo(CODE).methods.add(method)

    with pytest.raises(CodeRefused, match="this way to pay"):
        paying.opened(promo_code=CODE)
    assert paying.opened(method=method, promo_code=CODE)


def test_a14_a_promo_code_is_for_each_customer_once():
    paying.promo(CODE)
    customer = make.customer(balance="0")
    paying.paid(customer=customer, promo_code=CODE)

    with pytest.raises(CodeRefused, match="used before"):
        paying.opened(customer=customer, promo_code=CODE)
    assert paying.opened(promo_code=CODE)


def test_two_tabs_with_one_code_keep_one_use_for_the_one_opened_last():
    paying.promo(CODE)
    customer = make.customer(balance="0")
    first = paying.opened(customer=customer, promo_code=CODE)
    second = paying.opened(customer=customer, promo_code=CODE)

    paying.say(first)
    paying.say(second)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.bonus, second.bonus) == (0, 5)
    assert PromoCode.objects.get().uses == 1
    assert prove().is_sound


@with_real_transactions
def test_ten_tabs_at_once_use_a_code_once():
    paying.promo(CODE)
    customer, method = make.customer(balance="0"), paying.method()
    tabs = payments.OPEN_MAX

    def open_tab():
        return paying.opened(customer=customer, method=method, promo_code=CODE, reference=None)

    opened = together([open_tab] * tabs)
    together([partial(paying.say, payment, reference="") for payment in opened])

    assert LedgerEntry.objects.filter(kind="bonus").count() == 1
    assert PromoCode.objects.get().uses == 1
    assert paying.balance(customer) == 25 * tabs + 5
    assert prove().is_sound


@with_real_transactions
def test_the_last_use_of_a_code_goes_to_one_of_many_customers():
    paying.promo(CODE, uses_max=3)
    method = paying.method()
    customers = [make.customer(balance="0") for _ in range(10)]

    keep = partial(paying.opened, method=method, promo_code=CODE, reference=None)
    answers = together([partial(keep, customer=customer) for customer in customers])

    assert sum(isinstance(answer, Payment) for answer in answers) == 3
    assert sum(isinstance(answer, CodeRefused) for answer in answers) == 7
    assert PromoCode.objects.get().uses == 3


@with_real_transactions
def test_a_tab_that_wants_the_code_of_a_payment_being_settled_comes_too_late():
    paying.promo(CODE)
    customer, method = make.customer(balance="0"), paying.method()
    first = paying.opened(customer=customer, method=method, promo_code=CODE)

    def open_second():
        return paying.opened(customer=customer, method=method, promo_code=CODE, reference=None)

    with while_it_waits(open_second) as second:
        paying.say(first)

    with pytest.raises(CodeRefused):
        second.result()
    assert paying.balance(customer) == 30


@pytest.mark.parametrize(
    "end",
    [
        lambda p: payments.reject(p.pk, note="x"),
        lambda p: payments.withdraw(p.pk, customer_id=p.customer_id),
        lambda p: paying.say(p, "expired"),
        lambda p: paying.say(p, "failed"),
        lambda p: payments.expire_overdue(NOW + 9 * DAY),
    ],
)
def test_a_code_kept_for_a_payment_that_came_to_nothing_is_free_again(end):
    paying.promo(CODE, uses_max=1)
    end(paying.opened(promo_code=CODE))

    assert PromoCode.objects.get().uses == 0
    assert paying.opened(promo_code=CODE)


def test_a_promo_bonus_goes_back_with_its_payment_and_its_use_stays_used():
    paying.promo(CODE)
    payment = paying.paid(promo_code=CODE)

    paying.say(payment, disputed=True, now=NOW + MINUTE)

    payment.refresh_from_db()
    assert (payment.bonus_back, paying.balance(payment)) == (5, 0)
    assert PromoCode.objects.get().uses == 1


@pytest.mark.parametrize("code", ["", "abc", "a-b-c", "x" * 65])
def test_a_promo_code_has_a_length_that_can_be_typed(code):
    with pytest.raises(CodeRefused, match="from 4 to 64"):
        paying.promo(code)


def test_there_is_one_promo_code_of_each_name():
    paying.promo(CODE)

    with pytest.raises(CodeRefused, match="already"):
        paying.promo("summer26")
