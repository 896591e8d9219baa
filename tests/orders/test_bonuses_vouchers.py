"""Vouchers: found by what is typed, credited once, not guessed."""

from datetime import timedelta
from functools import partial

import pytest

from orders.ledger import InsufficientBalance
from orders.models import Customer, LedgerEntry, Voucher
from orders.payments import CodeRefused, codes, vouchers
from orders.proving import prove
from tests import make
from tests.orders import paying
from tests.orders.paying import MINUTE, NOW
from tests.orders.races import together

pytestmark = pytest.mark.django_db
with_real_transactions = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
CODE = "SUMMER-26"


def test_a_voucher_is_credited_once_and_to_one():
    code, voucher = paying.voucher("10")
    ann, bob = make.customer(balance="0"), make.customer(balance="0")

    entry = vouchers.redeem(ann, code.lower().replace("-", " "), now=NOW)

    assert (entry.kind, entry.cause) == ("bonus", f"voucher:{voucher.pk}")
    for customer in (ann, bob):
        with pytest.raises(CodeRefused, match="before"):
            vouchers.redeem(customer, code, now=NOW)
    voucher.refresh_from_db()
    assert (voucher.redeemed_by, paying.balance(ann), paying.balance(bob)) == (ann, 10, 0)
    assert prove().is_sound


@with_real_transactions
def test_a_voucher_tried_by_thirty_at_once_is_credited_once():
    code, _voucher = paying.voucher("10")
    customers = [make.customer(balance="0") for _ in range(3)]

    answers = together([partial(vouchers.redeem, who, code, now=NOW) for who in customers * 10])

    assert sum(isinstance(answer, LedgerEntry) for answer in answers) == 1
    assert sum(isinstance(answer, CodeRefused) for answer in answers) == 29
    assert sum(paying.balance(customer) for customer in customers) == 10
    assert prove().is_sound


def test_a_voucher_that_ran_out_or_was_switched_off_gives_nothing():
    customer = make.customer(balance="0")
    ran_out, _one = paying.voucher(expires_at=NOW)
    switched_off, other = paying.voucher()
    other.batch.is_active = False
    other.batch.save()

    for code in (ran_out, switched_off):
        with pytest.raises(CodeRefused):
            vouchers.redeem(customer, code, now=NOW)

    assert paying.balance(customer) == 0


def test_the_suspended_redeem_nothing():
    code, _voucher = paying.voucher()
    customer = make.customer(balance="0", status=Customer.Status.SUSPENDED)

    with pytest.raises(CodeRefused):
        vouchers.redeem(customer, code, now=NOW)


def test_staff_take_a_voucher_back_once_and_it_stays_used():
    code, voucher = paying.voucher("10")
    customer = make.customer(balance="0")
    vouchers.redeem(customer, code, now=NOW)

    vouchers.take_back(voucher.pk, actor="boss", reason="Sold twice")

    assert paying.balance(customer) == 0
    with pytest.raises(CodeRefused, match="taken back"):
        vouchers.take_back(voucher.pk, actor="boss", reason="Again")
    with pytest.raises(CodeRefused, match="redeemed before"):
        vouchers.redeem(customer, code, now=NOW)
    assert prove().is_sound


def test_a_voucher_that_was_spent_or_not_redeemed_is_not_taken_back():
    code, voucher = paying.voucher("10")
    with pytest.raises(CodeRefused, match="not redeemed"):
        vouchers.take_back(voucher.pk, actor="boss", reason="x")
    customer = make.customer(balance="0")
    vouchers.redeem(customer, code, now=NOW)
    make.placed(customer=customer, service=make.service(rate="1"))

    with pytest.raises(InsufficientBalance):
        vouchers.take_back(voucher.pk, actor="boss", reason="x")


def test_vouchers_are_made_in_bulk_and_their_codes_are_told_once():
    batch, told = paying.batch(count=2500)

    assert len(set(told)) == batch.vouchers.count() == 2500
    kept = str(list(Voucher.objects.values_list("prefix", "digest")[:50]))
    assert told[0] not in kept
    assert codes.bare(told[0]) not in kept


@pytest.mark.parametrize("count", [0, -1, vouchers.BATCH_MAX + 1])
def test_a_batch_has_its_limits(count):
    with pytest.raises(CodeRefused):
        paying.batch(count=count)


def test_who_tries_too_many_wrong_codes_waits_for_the_next_hour_even_with_a_right_one():
    code, _voucher = paying.voucher()
    paying.promo(CODE)
    guesser, other = make.customer(balance="0"), make.customer(balance="0")
    for number in range(codes.WRONG_TRIES_MAX):
        with pytest.raises(CodeRefused, match="no such code"):
            vouchers.redeem(guesser, f"WRONG-{number}", now=NOW)

    with pytest.raises(CodeRefused, match="Too many"):
        vouchers.redeem(guesser, code, now=NOW + 59 * MINUTE)
    with pytest.raises(CodeRefused, match="Too many"):
        paying.opened(customer=guesser, promo_code=CODE)

    assert vouchers.redeem(other, code, now=NOW).amount == 10
    assert paying.opened(customer=guesser, promo_code=CODE, now=NOW + 60 * MINUTE)


@with_real_transactions
def test_wrong_codes_tried_at_once_are_all_counted():
    guesser = make.customer(balance="0")

    answers = together([lambda: vouchers.redeem(guesser, "WRONG", now=NOW)] * 8)
    answers += [_refused(guesser) for _ in range(codes.WRONG_TRIES_MAX - 8 + 1)]

    assert "Too many" in str(answers[-1])
    assert all("no such code" in str(answer) for answer in answers[:-1])


def _refused(customer: Customer) -> CodeRefused:
    with pytest.raises(CodeRefused) as refusal:
        vouchers.redeem(customer, "WRONG", now=NOW)
    return refusal.value
