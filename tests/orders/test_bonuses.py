"""Bonuses of payments: promised when opened, given once, taken back with the money."""

from datetime import timedelta
from decimal import Decimal

import pytest

from orders import payments
from orders.ledger import InsufficientBalance
from orders.models import Customer, LedgerEntry
from orders.payments import PaymentRefused, bonuses
from orders.proving import prove
from tests import make
from tests.orders import paying
from tests.orders.paying import MINUTE, NOW
from tests.orders.races import together, while_it_waits

pytestmark = pytest.mark.django_db
with_real_transactions = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def revoke(payment):
    return bonuses.revoke(payment.pk, actor="boss", reason="Misused", now=NOW)


def test_a_bonus_is_given_with_its_payment_under_its_own_cause():
    paying.rule("10")

    payment = paying.paid()

    entry = LedgerEntry.objects.get(cause=f"bonus:{payment.pk}")
    assert (entry.kind, entry.amount, entry.payment) == ("bonus", Decimal("2.5"), payment)
    assert (payment.bonus, paying.balance(payment)) == (Decimal("2.5"), Decimal("27.5"))
    assert prove().is_sound


@pytest.mark.parametrize(
    ("amount", "percent"), [("9.99", 0), ("10", 5), ("24.99", 5), ("25", 10), ("100", 10)]
)
def test_of_all_rules_that_fit_the_best_one_counts(amount, percent):
    paying.rule("5", from_amount=Decimal(10))
    paying.rule("10", from_amount=Decimal(25))
    paying.rule("7", from_amount=Decimal(25))

    payment = paying.opened(amount=amount)

    assert payment.bonus_percent == percent


@pytest.mark.parametrize(
    "columns",
    [
        {"is_active": False},
        {"starts_at": NOW + DAY},
        {"ends_at": NOW},
        {"ends_at": NOW - DAY},
    ],
)
def test_a_rule_that_is_off_not_yet_or_over_gives_nothing(columns):
    paying.rule("10", **columns)

    assert paying.opened().bonus_percent == 0


def test_a_rule_of_one_method_is_for_that_alone():
    method = paying.method()
    paying.rule("10", method=method)

    assert paying.opened(method=method).bonus_percent == 10
    assert paying.opened().bonus_percent == 0


def test_e7_what_was_promised_when_opened_is_given_after_the_rule_has_ended():
    rule = paying.rule("10", ends_at=NOW + MINUTE)
    payment = paying.opened()
    rule.is_active = False
    rule.percent = Decimal(50)
    rule.save()

    paying.say(payment, now=NOW + DAY)

    assert paying.balance(payment) == Decimal("27.5")


@with_real_transactions
def test_e7_a_bonus_is_given_once_however_many_settle_at_once():
    paying.rule("10")
    payment = paying.opened()

    together([lambda: paying.say(payment)] * 30)

    assert paying.entries(payment) == [("top_up", 25), ("bonus", Decimal("2.5"))]


def test_what_arrives_short_of_the_rules_amount_gets_no_bonus():
    paying.rule("10", from_amount=Decimal(20))
    payment = paying.opened()

    payments.credit_received(
        payment.pk, Decimal("19.99"), "USD", actor="boss", reason="Short", now=NOW
    )

    assert paying.balance(payment) == Decimal("19.99")


def test_what_arrives_short_but_above_the_rules_amount_gets_its_share():
    paying.rule("10", from_amount=Decimal(20))
    payment = paying.opened()

    payments.credit_received(payment.pk, Decimal(20), "USD", actor="boss", reason="x", now=NOW)

    assert paying.balance(payment) == 22


def test_a_bonus_is_rounded_down_to_the_last_digit_of_money():
    paying.rule("3.333")

    payment = paying.paid(amount="1.01")

    assert payment.bonus == Decimal("0.03366330")


def test_a_spent_bonus_goes_back_with_its_payment_by_force():
    paying.rule("10")
    payment = paying.paid()
    make.placed(customer=payment.customer, service=make.service(rate="27.5"))

    paying.say(payment, disputed=True, now=NOW + MINUTE)

    payment.refresh_from_db()
    assert (payment.bonus_back, paying.balance(payment)) == (Decimal("2.5"), Decimal("-27.5"))
    assert Customer.objects.get(pk=payment.customer_id).status == Customer.Status.FROZEN
    assert prove().is_sound


def test_a_bonus_goes_back_in_proportion():
    paying.rule("10")
    payment = paying.paid()

    paying.say(payment, refunded=Decimal(10), now=NOW + MINUTE)

    payment.refresh_from_db()
    assert (payment.taken_back, payment.bonus_back) == (10, 1)


def test_staff_take_a_bonus_back_for_good():
    paying.rule("10")
    payment = paying.paid()
    paying.say(payment, refunded=Decimal(10), now=NOW + MINUTE)

    taken = revoke(payment)
    paying.say(payment, refunded=Decimal(0), now=NOW + 2 * MINUTE)

    payment.refresh_from_db()
    last = LedgerEntry.objects.get(cause__startswith="bonus_revoked")
    assert (taken, last.actor, last.reason) == (Decimal("1.5"), "boss", "Misused")
    assert (payment.bonus_back, paying.balance(payment)) == (Decimal("2.5"), 25)
    assert prove().is_sound


def test_a_bonus_that_was_spent_is_not_revoked():
    paying.rule("10")
    payment = paying.paid()
    make.placed(customer=payment.customer, service=make.service(rate="26"))

    with pytest.raises(InsufficientBalance):
        revoke(payment)

    payment.refresh_from_db()
    assert (payment.bonus_back, payment.bonus_revoked_at) == (0, None)


def test_a_bonus_is_revoked_once():
    paying.rule("10")
    payment = paying.paid()
    revoke(payment)

    with pytest.raises(PaymentRefused):
        revoke(payment)
    with pytest.raises(PaymentRefused):
        revoke(paying.opened())

    assert paying.balance(payment) == 25


@with_real_transactions
def test_a_chargeback_that_waited_for_the_bonus_to_be_revoked_takes_only_the_rest():
    paying.rule("10")
    payment = paying.paid()

    with while_it_waits(lambda: paying.say(payment, disputed=True, now=NOW + MINUTE)) as dispute:
        revoke(payment)

    assert dispute.result().taken == 25
    assert paying.balance(payment) == 0
    assert prove().is_sound
