"""Staff pay back through the gateway: taken before the call, given again only when refused."""

import uuid
from decimal import Decimal

import pytest

from orders import payments
from orders.ledger import InsufficientBalance
from orders.models import Customer, PaymentDoubt, PaymentRefund
from orders.payments import PaymentRefused
from orders.proving import prove
from tests import make
from tests.orders import paying
from tests.orders.paying import DAY, MINUTE, NOW
from tests.orders.races import together, while_it_waits

pytestmark = pytest.mark.django_db
with_real_transactions = pytest.mark.django_db(transaction=True)


def finish(refund: PaymentRefund, outcome: str) -> PaymentRefund:
    return payments.finish_refund(refund.pk, outcome, reference="re_1", now=NOW, actor="boss")


def test_the_money_is_taken_before_the_gateway_is_asked():
    payment = paying.paid()

    refund = paying.refund(payment, "10")

    payment.refresh_from_db()
    assert (refund.status, refund.pay_amount) == ("open", 10)
    assert (payment.taken_back, paying.balance(payment)) == (10, 15)
    assert payments.unfinished(limit=5) == [refund]
    assert prove().is_sound


def test_what_the_gateway_paid_back_stays_taken():
    payment = paying.paid()
    refund = paying.refund(payment, "10")

    finish(refund, "done")
    paying.say(payment, refunded=Decimal(10), now=NOW + MINUTE)

    refund.refresh_from_db()
    assert (refund.status, refund.reference, refund.finished_at) == ("done", "re_1", NOW)
    assert paying.entries(payment) == [("top_up", 25), ("paid_back", -10)]
    assert payments.unfinished(limit=5) == []


def test_what_the_gateway_refused_is_given_again_once():
    paying.rule("10")
    payment = paying.paid()
    refund = paying.refund(payment, "10")

    finish(refund, "refused")
    finish(refund, "refused")
    finish(refund, "done")

    payment.refresh_from_db()
    assert (payment.taken_back, payment.bonus_back) == (0, 0)
    assert paying.balance(payment) == Decimal("27.5")
    assert PaymentRefund.objects.get().status == "refused"
    assert prove().is_sound


def test_what_nobody_knows_stays_taken_and_goes_to_a_person_until_it_is_known():
    payment = paying.paid()
    refund = paying.refund(payment, "10")

    finish(refund, "unknown")

    assert (paying.balance(payment), paying.doubts(payment)) == (15, ["refund"])
    assert payments.unfinished(limit=5) == [refund]
    finish(refund, "done")
    assert (paying.balance(payment), paying.doubts(payment)) == (15, [])


def test_a_refund_that_failed_after_it_was_done_goes_to_a_person():
    payment = paying.paid()
    finish(paying.refund(payment, "10"), "done")
    paying.say(payment, refunded=Decimal(10), now=NOW + 2 * DAY)
    assert paying.doubts(payment) == []

    paying.say(payment, refunded=Decimal(0), now=NOW + 3 * DAY)
    paying.say(payment, refunded=Decimal(0), now=NOW + 4 * DAY)

    (doubt,) = PaymentDoubt.objects.filter(payment=payment)
    assert doubt.reason == "refund"
    assert doubt.evidence == "Paid back were 10 USD, the gateway shows 0."
    assert paying.balance(payment) == 15


def test_a_refund_that_the_gateway_shows_late_troubles_nobody():
    payment = paying.paid()
    finish(paying.refund(payment, "10"), "done")

    paying.say(payment, refunded=Decimal(0), now=NOW + DAY - MINUTE)

    assert paying.doubts(payment) == []


def test_refunds_that_never_end_keep_none_of_the_others_waiting():
    refunds = [paying.refund(paying.paid(), "10") for _ in range(6)]

    seen = {payments.unfinished(limit=1)[0].pk for _ in range(200)}

    assert seen == {refund.pk for refund in refunds}


def test_a_gateway_that_does_not_show_the_refund_yet_gives_nothing_again():
    payment = paying.paid()
    paying.refund(payment, "10")

    applied = paying.say(payment, refunded=Decimal(0), now=NOW + MINUTE)

    assert (applied.taken, paying.balance(payment)) == (0, 15)


def test_what_was_paid_back_at_the_gateway_besides_is_taken_besides():
    payment = paying.paid()
    paying.refund(payment, "10")

    applied = paying.say(payment, refunded=Decimal(14), now=NOW + MINUTE)

    assert (applied.taken, paying.balance(payment)) == (4, 11)


def test_a_dispute_after_a_refund_takes_the_rest():
    payment = paying.paid()
    finish(paying.refund(payment, "10"), "done")

    paying.say(payment, disputed=True, refunded=Decimal(10), now=NOW + MINUTE)
    assert paying.balance(payment) == 0

    paying.say(payment, refunded=Decimal(10), now=NOW + 2 * MINUTE)
    assert paying.balance(payment) == 15
    assert prove().is_sound


def test_the_bonus_goes_back_in_proportion_and_wholly_with_the_rest():
    paying.rule("10")
    payment = paying.paid()

    paying.refund(payment, "10")
    payment.refresh_from_db()
    part = payment.bonus_back
    paying.refund(payment, "15")

    payment.refresh_from_db()
    assert (part, payment.bonus_back, paying.balance(payment)) == (1, Decimal("2.5"), 0)


def test_money_that_was_spent_is_not_paid_back():
    payment = paying.paid()
    make.placed(customer=payment.customer, service=make.service(rate="20"))

    with pytest.raises(InsufficientBalance):
        paying.refund(payment, "5.00000001")

    assert not PaymentRefund.objects.exists()
    assert paying.refund(payment, "5")


def test_money_whose_bonus_was_spent_is_not_paid_back():
    paying.rule("10")
    payment = paying.paid()
    make.placed(customer=payment.customer, service=make.service(rate="1"))

    with pytest.raises(InsufficientBalance):
        paying.refund(payment, "25")

    payment.refresh_from_db()
    assert (payment.taken_back, payment.bonus_back) == (0, 0)
    assert not PaymentRefund.objects.exists()


def test_a_frozen_customer_can_be_paid_back():
    payment = paying.paid()
    Customer.objects.update(status=Customer.Status.FROZEN)

    assert paying.refund(payment, "25")


@pytest.mark.parametrize("amount", ["0", "-1", "25.00000001", "NaN", "Infinity", "0.000000001"])
def test_more_or_less_than_can_be_paid_back_is_refused(amount):
    payment = paying.paid()

    with pytest.raises(PaymentRefused):
        paying.refund(payment, amount)

    assert paying.balance(payment) == 25


def test_less_than_the_gateways_smallest_coin_is_refused():
    payment = paying.paid()

    with pytest.raises(PaymentRefused, match="less than"):
        paying.refund(payment, "0.009")


def test_neither_open_nor_disputed_payments_are_paid_back():
    payment, disputed = paying.opened(), paying.paid()
    paying.say(disputed, disputed=True, now=NOW + MINUTE)

    for one in (payment, disputed):
        one.refresh_from_db()
        assert payments.refundable(one) == 0
        with pytest.raises(PaymentRefused):
            paying.refund(one, "1")


def test_portions_in_another_currency_add_up_to_what_was_paid():
    euro = paying.method(currency="EUR", exchange_rate=Decimal("1.1"))
    payment = paying.paid(method=euro, amount="10")

    parts = [paying.refund(payment, amount) for amount in ("3.33", "3.33", "3.34")]

    assert [part.pay_amount for part in parts] == [
        Decimal("3.03"),
        Decimal("3.03"),
        Decimal("3.04"),
    ]
    assert sum(part.pay_amount for part in parts) == payment.pay_amount


def test_the_same_form_sent_again_pays_back_once():
    payment, token = paying.paid(), uuid.uuid4()

    first = paying.refund(payment, "10", token=token)
    again = paying.refund(payment, "10", token=token)

    assert first == again
    assert paying.balance(payment) == 15


def test_the_form_of_another_payment_pays_nothing_back():
    first, token = paying.paid(), uuid.uuid4()
    paying.refund(first, "10", token=token)
    other = paying.paid()

    with pytest.raises(PaymentRefused):
        paying.refund(other, "10", token=token)

    assert paying.balance(other) == 25


@with_real_transactions
def test_a_form_sent_ten_times_at_once_pays_back_once():
    payment, token = paying.paid(), uuid.uuid4()

    together([lambda: paying.refund(payment, "10", token=token)] * 10)

    assert PaymentRefund.objects.count() == 1
    assert paying.balance(payment) == 15


@with_real_transactions
def test_two_refunds_at_once_do_not_pay_back_more_than_was_paid():
    payment = paying.paid()
    make.top_up(payment.customer, "100")

    with while_it_waits(lambda: paying.refund(payment, "20")) as second:
        paying.refund(payment, "20")

    with pytest.raises(PaymentRefused, match="At most 5"):
        second.result()
    assert paying.balance(payment) == 105


@with_real_transactions
def test_an_end_told_twice_at_once_is_booked_once():
    payment = paying.paid()
    refund = paying.refund(payment, "10")

    together([lambda: finish(refund, "refused")] * 5 + [lambda: finish(refund, "unknown")] * 5)

    assert paying.balance(payment) == 25
    assert prove().is_sound
