"""Attacks on promo codes and vouchers."""
# ruff: noqa: S608  (attackers do put texts together)

from decimal import Decimal

from orders import ledger, payments
from orders.models import Customer, Payment, PromoCode, PromoUse, Voucher
from tests.orders import paying
from tests.orders.attacks.listing import attack
from tests.orders.breaking import PROMOS, USES, VOUCHERS, Book, append, copy, sql

FRESH = {"digest": "'fresh'"}


def use_of(promo: PromoCode, payment: Payment) -> PromoUse:
    return PromoUse.objects.create(promo=promo, customer_id=payment.customer_id, payment=payment)


def another_payment(customer: Customer, name: str = "another") -> Payment:
    return payments.open_payment(
        customer, gateway="test", reference=name, amount=Decimal(7), currency="USD"
    )


def given_use(book: Book) -> PromoUse:
    """A use that was given with its payment."""
    use = use_of(paying.promo("SUMMER"), book.open_payment)
    ledger.top_up(book.open_payment)
    _give(book, use)
    return use


def _give(book: Book, use: PromoUse) -> None:
    payment_id, cause = str(book.open_payment.pk), f"'promo:{use.pk}'"
    append(book.customer, "bonus", "5", payment_id=payment_id, cause=cause)


def redeemed(book: Book) -> Voucher:
    _code, voucher = paying.voucher()
    append(book.customer, "bonus", "10", cause=f"'voucher:{voucher.pk}'")
    return voucher


@attack("promo_uses_within_max")
def a_promo_code_used_more_often_than_may_be(book: Book) -> None:
    promo = paying.promo("SUMMER", uses_max=1)
    use_of(promo, book.open_payment)
    use_of(promo, another_payment(book.stranger))


@attack("promo_use_counts", "promo_uses_per_customer")
def a_promo_code_used_twice_by_one_customer(book: Book) -> None:
    promo = paying.promo("SUMMER")
    use_of(promo, book.open_payment)
    use_of(promo, another_payment(book.customer))


@attack("promo_uses_by_use")
def uses_of_a_promo_code_forgotten(book: Book) -> None:
    promo = paying.promo("SUMMER")
    use_of(promo, book.open_payment)
    sql(f"UPDATE {PROMOS} SET uses = 0 WHERE id = {promo.pk}")


@attack("promo_starts_unused", "promo_uses_by_use")
def a_promo_code_born_used(book: Book) -> None:
    copy(PROMOS, paying.promo("SUMMER").pk, uses="1", **FRESH)


@attack("promo_terms_stay")
def a_promo_code_that_gives_more_than_was_said(book: Book) -> None:
    sql(f"UPDATE {PROMOS} SET fixed = 500 WHERE id = {paying.promo('SUMMER').pk}")


@attack("promo_digest_once")
def two_promo_codes_of_one_name(book: Book) -> None:
    copy(PROMOS, paying.promo("SUMMER").pk)


@attack("promo_gives_one_thing")
def a_promo_code_that_gives_percent_and_an_amount(book: Book) -> None:
    copy(PROMOS, paying.promo("SUMMER").pk, percent="10", **FRESH)


@attack("promo_gives_one_thing")
def a_promo_code_that_takes(book: Book) -> None:
    copy(PROMOS, paying.promo("SUMMER").pk, fixed="-10", **FRESH)


@attack("promo_min_amount_range")
def a_promo_code_from_less_than_nothing(book: Book) -> None:
    copy(PROMOS, paying.promo("SUMMER").pk, min_amount="-1", **FRESH)


@attack("promo_most_range")
def a_promo_code_that_gives_at_most_less_than_nothing(book: Book) -> None:
    copy(PROMOS, paying.promo("SUMMER").pk, percent="10", fixed="0", most="-1", **FRESH)


@attack("promo_terms_stay")
def a_promo_code_whose_most_is_raised(book: Book) -> None:
    share = paying.promo("SUMMER", fixed=0, percent=10, most=5)
    sql(f"UPDATE {PROMOS} SET most = 500 WHERE id = {share.pk}")


@attack("promo_released_first")
def a_promo_code_in_force_before_a_second_person_released_it(book: Book) -> None:
    copy(PROMOS, paying.promo("SUMMER").pk, is_released="false", is_active="true", **FRESH)


@attack("promo_use_of_customer")
def a_promo_code_for_the_payment_of_another_customer(book: Book) -> None:
    promo = paying.promo("SUMMER")
    PromoUse.objects.create(promo=promo, customer=book.stranger, payment=book.open_payment)


@attack("promo_given_by_entry")
def a_promo_code_given_without_an_entry(book: Book) -> None:
    use = use_of(paying.promo("SUMMER"), book.open_payment)
    sql(f"UPDATE {USES} SET given = 5 WHERE id = {use.pk}")


@attack("promo_given_by_entry")
def a_given_promo_code_moved_to_another_payment(book: Book) -> None:
    use = given_use(book)
    other = another_payment(book.customer)
    sql(f"UPDATE {USES} SET payment_id = {other.pk} WHERE id = {use.pk}")


@attack("promo_use_starts_open", "promo_given_by_entry")
def a_use_born_given(book: Book) -> None:
    use = use_of(paying.promo("SUMMER", uses_per_customer_max=2), book.open_payment)
    copy(USES, use.pk, given="5", payment_id=str(another_payment(book.customer).pk))


@attack("promo_use_is_kept", "promo_use_in_book")
def a_given_use_deleted(book: Book) -> None:
    sql(f"DELETE FROM {USES} WHERE id = {given_use(book).pk}")


@attack("promo_given_range", behind="promo_given_by_entry")
def a_use_that_gave_less_than_nothing(book: Book) -> None:
    use = use_of(paying.promo("SUMMER"), book.open_payment)
    sql(f"UPDATE {USES} SET given = -5 WHERE id = {use.pk}")


@attack("entry_moves_balance", "entry_gives_promo")
def a_promo_code_given_twice(book: Book) -> None:
    _give(book, given_use(book))


@attack("entry_moves_balance", "entry_gives_promo")
def a_promo_code_given_that_nobody_used(book: Book) -> None:
    append(book.customer, "bonus", "5", payment_id=str(book.payment.pk), cause="'promo:123456789'")


@attack("entry_moves_balance", "entry_redeems_voucher")
def a_voucher_redeemed_twice(book: Book) -> None:
    voucher = redeemed(book)
    append(book.stranger, "bonus", "10", cause=f"'voucher:{voucher.pk}'")


@attack("entry_moves_balance", "entry_redeems_voucher")
def a_voucher_that_gives_more_than_it_says(book: Book) -> None:
    _code, voucher = paying.voucher()
    append(book.customer, "bonus", "1000", cause=f"'voucher:{voucher.pk}'")


@attack("entry_moves_balance", "entry_redeems_voucher")
def a_voucher_that_nobody_made(book: Book) -> None:
    append(book.customer, "bonus", "10", cause="'voucher:123456789'")


@attack("entry_moves_balance", "entry_redeems_voucher")
def a_voucher_taken_back_from_another_customer(book: Book) -> None:
    append(book.stranger, "bonus", "-10", cause=f"'voucher_back:{redeemed(book).pk}'")


@attack("entry_moves_balance", "customer_balance_covers")
def a_voucher_taken_back_that_was_spent(book: Book) -> None:
    voucher = redeemed(book)
    append(book.customer, "payout", "-108")
    append(book.customer, "bonus", "-10", cause=f"'voucher_back:{voucher.pk}'")


@attack("voucher_moves_by_entry", "voucher_by_entry")
def a_used_voucher_made_new(book: Book) -> None:
    voucher = redeemed(book)
    sql(f"UPDATE {VOUCHERS} SET redeemed_by_id = NULL, redeemed_at = NULL WHERE id = {voucher.pk}")


@attack("voucher_moves_by_entry", "voucher_by_entry")
def a_voucher_of_another_amount(book: Book) -> None:
    sql(f"UPDATE {VOUCHERS} SET amount = 1000 WHERE id = {paying.voucher()[1].pk}")


@attack("voucher_starts_unused", "voucher_by_entry")
def a_voucher_born_used(book: Book) -> None:
    copy(VOUCHERS, redeemed(book).pk, **FRESH)


@attack("voucher_is_kept", "voucher_in_book")
def a_used_voucher_deleted(book: Book) -> None:
    sql(f"DELETE FROM {VOUCHERS} WHERE id = {redeemed(book).pk}")


@attack("voucher_digest_once")
def two_vouchers_of_one_code(book: Book) -> None:
    copy(VOUCHERS, paying.voucher()[1].pk)


@attack("voucher_amount_range")
def a_voucher_that_is_no_number(book: Book) -> None:
    copy(VOUCHERS, paying.voucher()[1].pk, amount="'NaN'", **FRESH)


@attack("voucher_redeemed_by_and_at", behind="voucher_moves_by_entry")
def a_voucher_redeemed_by_nobody(book: Book) -> None:
    sql(f"UPDATE {VOUCHERS} SET redeemed_at = now() WHERE id = {paying.voucher()[1].pk}")


@attack("voucher_reversed_after_redeemed", behind="voucher_moves_by_entry")
def a_voucher_taken_back_before_it_was_redeemed(book: Book) -> None:
    voucher = redeemed(book)
    sql(
        f"UPDATE {VOUCHERS} SET reversed_at = redeemed_at - interval '1 day'"
        f" WHERE id = {voucher.pk}"
    )
