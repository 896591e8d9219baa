"""Money of a payment goes back or comes again: once, with its bonus, spent or not."""

from decimal import Decimal
from typing import Any

import pytest

from orders.models import Customer, PaymentDoubt
from orders.proving import prove
from tests import make
from tests.orders import paying
from tests.orders.paying import MINUTE, NOW
from tests.orders.races import together, while_it_waits

pytestmark = pytest.mark.django_db
with_real_transactions = pytest.mark.django_db(transaction=True)

Reason = PaymentDoubt.Reason


def spend(customer_id: int, amount: str) -> None:
    customer = Customer.objects.get(pk=customer_id)
    make.placed(customer=customer, service=make.service(rate=amount))


def test_e6_a_chargeback_after_the_money_was_spent_goes_below_zero_and_freezes():
    payment = paying.paid()
    spend(payment.customer_id, "20")

    paying.say(payment, disputed=True, now=NOW + MINUTE)

    payment.refresh_from_db()
    assert paying.balance(payment) == -20
    assert payment.customer.status == Customer.Status.FROZEN
    assert set(paying.doubts(payment)) == {Reason.DISPUTE, Reason.REVERSED}
    assert prove().is_sound


def test_e6_a_chargeback_that_the_balance_covers_freezes_nobody():
    payment = paying.paid()

    paying.say(payment, disputed=True, now=NOW + MINUTE)

    payment.refresh_from_db()
    assert (paying.balance(payment), payment.customer.status) == (0, Customer.Status.ACTIVE)
    assert paying.doubts(payment) == [Reason.DISPUTE]


def test_e6_what_a_credit_limit_covers_freezes_nobody():
    payment = paying.paid(customer=make.customer(balance="0", credit_limit=Decimal(20)))
    spend(payment.customer_id, "20")

    paying.say(payment, refunded=Decimal(25), now=NOW + MINUTE)

    payment.refresh_from_db()
    assert (paying.balance(payment), payment.customer.status) == (-20, Customer.Status.ACTIVE)


def test_a_suspended_customer_is_not_made_less_suspended_by_a_chargeback():
    payment = paying.paid()
    spend(payment.customer_id, "20")
    Customer.objects.update(status=Customer.Status.SUSPENDED)

    paying.say(payment, disputed=True, now=NOW + MINUTE)

    assert Customer.objects.get(pk=payment.customer_id).status == Customer.Status.SUSPENDED


def test_a_dispute_that_was_won_gives_the_money_and_the_bonus_again():
    paying.rule("10")
    payment = paying.paid()
    paying.say(payment, disputed=True, now=NOW + MINUTE)

    applied = paying.say(payment, now=NOW + 2 * MINUTE)

    payment.refresh_from_db()
    assert applied.taken == -25
    assert (payment.taken_back, payment.bonus_back, payment.is_disputed) == (0, 0, False)
    assert paying.entries(payment)[-2:] == [("restored", 25), ("bonus", Decimal("2.5"))]
    assert paying.balance(payment) == Decimal("27.5")
    assert prove().is_sound


def test_a_dispute_that_was_lost_takes_the_money_once():
    payment = paying.paid()
    paying.say(payment, disputed=True, now=NOW + MINUTE)

    applied = paying.say(payment, dispute_lost=True, now=NOW + 2 * MINUTE)

    payment.refresh_from_db()
    assert (applied.taken, payment.taken_back, payment.is_disputed) == (0, 25, False)
    assert paying.entries(payment) == [("top_up", 25), ("chargeback", -25)]


def test_e6_a_dispute_over_a_part_takes_its_part_and_the_share_of_the_bonus():
    paying.rule("10")
    payment = paying.paid()

    paying.say(payment, disputed=True, disputed_amount=Decimal(10), now=NOW + MINUTE)

    payment.refresh_from_db()
    assert (payment.taken_back, payment.bonus_back) == (10, 1)
    assert (payment.is_disputed, paying.balance(payment)) == (True, Decimal("16.5"))
    assert "10 USD disputed" in PaymentDoubt.objects.get(payment=payment).evidence


def test_e6_a_disputed_part_comes_on_top_of_what_went_back_before():
    payment = paying.paid()
    paying.say(payment, refunded=Decimal(5), now=NOW + MINUTE)
    contested: dict[str, Any] = {"refunded": Decimal(5), "disputed_amount": Decimal(8)}

    paying.say(payment, disputed=True, **contested, now=NOW + 2 * MINUTE)
    open_one = paying.balance(payment)
    paying.say(payment, dispute_lost=True, **contested, now=NOW + 3 * MINUTE)
    lost_one = paying.balance(payment)
    paying.say(payment, refunded=Decimal(5), now=NOW + 4 * MINUTE)

    assert (open_one, lost_one, paying.balance(payment)) == (12, 12, 20)


@pytest.mark.parametrize("contested", [None, Decimal(20), Decimal(25), Decimal(1000)])
def test_e6_a_dispute_never_takes_more_than_was_paid(contested):
    payment = paying.paid()
    paying.say(payment, refunded=Decimal(5), now=NOW + MINUTE)

    said = {"refunded": Decimal(5), "disputed_amount": contested}
    paying.say(payment, disputed=True, **said, now=NOW + 2 * MINUTE)

    payment.refresh_from_db()
    assert (payment.taken_back, paying.balance(payment)) == (25, 0)


def test_e10_parts_that_make_up_the_whole_take_the_whole():
    euro = paying.method(currency="EUR", exchange_rate=Decimal("1.1"))
    payment = paying.paid(method=euro, amount="10")
    part = Decimal("3.03")

    rest = {"refunded": part, "disputed_amount": payment.pay_amount - part}
    paying.say(payment, dispute_lost=True, **rest, now=NOW + MINUTE)

    payment.refresh_from_db()
    assert (payment.taken_back, paying.balance(payment)) == (10, 0)


def test_a_partial_refund_takes_its_share_and_the_rest_takes_the_rest():
    euro = paying.method(currency="EUR", exchange_rate=Decimal("1.1"))
    payment = paying.paid(method=euro, amount="10")

    paying.say(payment, refunded=Decimal("3.03"), now=NOW + MINUTE)
    payment.refresh_from_db()
    part = payment.taken_back
    paying.say(payment, refunded=payment.pay_amount, now=NOW + 2 * MINUTE)

    payment.refresh_from_db()
    assert part == Decimal("3.32967033")
    assert (payment.taken_back, paying.balance(payment)) == (10, 0)


def test_e10_whatever_way_a_payment_goes_back_nothing_drifts():
    method = paying.method(
        currency="JPY",
        exchange_rate=Decimal("0.0066"),
        fee_percent=Decimal("3.33"),
        fee_borne_by="customer",
    )
    paying.rule("7.777")
    payment = paying.paid(method=method, amount="12.34")

    for number, share in enumerate((1, 333, 1000, 1500), start=1):
        paying.say(payment, refunded=Decimal(share), now=NOW + number * MINUTE)
    paying.say(payment, refunded=payment.pay_amount, now=NOW + 9 * MINUTE)

    payment.refresh_from_db()
    assert payment.taken_back == payment.amount
    assert payment.bonus_back == payment.bonus
    assert paying.balance(payment) == 0
    assert sum(amount for _kind, amount in paying.entries(payment)) == 0


@with_real_transactions
def test_a_chargeback_reported_fifty_times_at_once_is_booked_once():
    payment = paying.paid()
    later = NOW + MINUTE

    together([lambda: paying.say(payment, disputed=True, now=later)] * 50)

    assert paying.entries(payment) == [("top_up", 25), ("chargeback", -25)]
    assert Customer.objects.get(pk=payment.customer_id).balance == 0


@with_real_transactions
def test_a_purchase_that_waited_for_a_chargeback_finds_the_money_gone():
    payment = paying.paid()
    service = make.service(rate="20")

    with while_it_waits(lambda: make.placed(customer=payment.customer, service=service)) as order:
        paying.say(payment, disputed=True, now=NOW + MINUTE)

    with pytest.raises(Exception, match="Not enough funds"):
        order.result()
    assert paying.balance(payment) == 0
