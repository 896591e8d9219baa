"""Promo codes and vouchers: found by what is typed, given once, not guessed."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from orders import payments
from orders.ledger import InsufficientBalance
from orders.models import Customer, LedgerEntry, Payment, PromoCode, PromoUse, Voucher
from orders.payments import CodeRefused, codes, vouchers
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
def test_twenty_tabs_at_once_use_a_code_once():
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
    batch, told = vouchers.create_batch(
        title="Fair", amount=Decimal(5), count=2500, expires_at=None, actor="boss"
    )

    assert len(set(told)) == batch.vouchers.count() == 2500
    kept = str(list(Voucher.objects.values_list("prefix", "digest")[:50]))
    assert told[0] not in kept
    assert codes.bare(told[0]) not in kept


@pytest.mark.parametrize("count", [0, -1, vouchers.BATCH_MAX + 1])
def test_a_batch_has_its_limits(count):
    with pytest.raises(CodeRefused):
        vouchers.create_batch(
            title="x", amount=Decimal(5), count=count, expires_at=None, actor="boss"
        )


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
