"""Every kind of damage that a book can have, planted past all guards."""
# ruff: noqa: S608  (damage is put together as text)

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.orders import paying
from tests.orders.attacks.following import repayment
from tests.orders.attacks.gifts import use_of
from tests.orders.attacks.papers import lost, paper
from tests.orders.breaking import (
    CUSTOMERS,
    ENTRIES,
    ORDERS,
    PAYMENTS,
    PROMOS,
    USES,
    VOUCHERS,
    Book,
    append,
    drop,
    sql,
)

Deed = Callable[[Book], None]


@contextmanager
def past_the_guards() -> Iterator[None]:
    """As somebody with the superuser's rights could: no trigger and no foreign key fires."""
    sql("SET session_replication_role = replica")
    yield
    sql("SET session_replication_role = origin")


@dataclass(frozen=True)
class Damage:
    deed: Deed
    claim: str
    named: str
    without: str


DAMAGES: list[Damage] = []


def damage(claim: str, named: str, *, without: str = "") -> Callable[[Deed], Deed]:
    """``claim`` must break and name ``named`` (of the book); ``without`` are checks to remove."""

    def listed(deed: Deed) -> Deed:
        DAMAGES.append(Damage(deed, claim, named, without))
        return deed

    return listed


@damage("balances", "customer {customer}")
def a_balance_that_was_changed(book: Book) -> None:
    sql(f"UPDATE {CUSTOMERS} SET balance = balance + 1 WHERE id = {book.customer.pk}")


@damage("balances", "customer {customer}")
def a_balance_set_back_to_an_older_entry(book: Book) -> None:
    sql(f"UPDATE {CUSTOMERS} SET balance = 100, last_number = 1 WHERE id = {book.customer.pk}")


@damage("balances", "customer {customer}")
def a_customer_who_vanished(book: Book) -> None:
    sql(f"DELETE FROM {CUSTOMERS} WHERE id = {book.customer.pk}")


@damage("balances", "customer {customer}")
def an_entry_that_did_not_move_the_balance(book: Book) -> None:
    append(book.customer, "bonus", "5")


@damage("balances", "customer {customer}")
def a_last_entry_that_was_deleted(book: Book) -> None:
    sql(f"DELETE FROM {ENTRIES} WHERE customer_id = {book.customer.pk} AND number = 3")


@damage("chain", "customer {customer}, entry 3: follows number 1")
def a_gap(book: Book) -> None:
    sql(f"DELETE FROM {ENTRIES} WHERE customer_id = {book.customer.pk} AND number = 2")


@damage("chain", "customer {customer}, entry 2", without="entry_number_once entry_balance_once")
def a_fork(book: Book) -> None:
    append(book.customer, "bonus", "5", number="2", balance_after="105")


@damage("chain", "customer {customer}, entry 2")
def an_amount_that_was_edited(book: Book) -> None:
    sql(f"UPDATE {ENTRIES} SET amount = -1.1 WHERE customer_id = {book.customer.pk} AND number = 2")


@damage("chain", "customer {customer}, entry 2")
def a_balance_after_that_was_edited(book: Book) -> None:
    sql(f"UPDATE {ENTRIES} SET balance_after = 99 WHERE kind = 'charge'")


@damage("chain", "customer {customer}, entry 1", without="entry_first_from_zero")
def a_first_entry_that_does_not_start_from_zero(book: Book) -> None:
    sql(f"UPDATE {ENTRIES} SET balance_after = 200 WHERE number = 1")


@damage("kinds", "customer {customer}, entry 4", without="entry_kind_fits_sign_and_order")
def a_sign_that_does_not_fit(book: Book) -> None:
    append(book.customer, "payout", "5")


@damage("kinds", "customer {customer}, entry 4", without="entry_kind_fits_sign_and_order")
def a_kind_that_nobody_knows(book: Book) -> None:
    append(book.customer, "gift", "5")


@damage("kinds", "customer {customer}, entry 4", without="entry_amount_is_number")
def an_amount_that_is_no_number(book: Book) -> None:
    append(book.customer, "bonus", "NaN")


@damage("causes", "customer {customer}, entry 4", without="entry_has_one_cause")
def an_entry_without_a_cause(book: Book) -> None:
    append(book.customer, "bonus", "5", cause="NULL")


@damage("causes", "customer {customer}, entry 2: order {order} is not there")
def an_order_that_vanished(book: Book) -> None:
    sql(f"DELETE FROM {ORDERS} WHERE id = {book.order.pk}")


@damage("causes", "customer {customer}, entry 1: payment {payment} is not there")
def a_payment_that_vanished(book: Book) -> None:
    sql(f"DELETE FROM {PAYMENTS} WHERE id = {book.payment.pk}")


@damage("causes", "entry 4: its cause belongs to customer {customer}")
def a_refund_for_the_order_of_another_customer(book: Book) -> None:
    append(book.stranger, "refund", "0.1", order_id=str(book.order.pk), step="2")


@damage("causes once", "cause payment:{payment}: has 2", without="orders_ledgerentry_cause_key")
def a_cause_that_counts_twice(book: Book) -> None:
    append(book.customer, "bonus", "5", cause=f"'payment:{book.payment.pk}'")


@damage("causes once", "order {order}: refund 1 has 2", without="entry_once_per_order_step")
def a_refund_that_counts_twice(book: Book) -> None:
    append(book.customer, "refund", "0.3", order_id=str(book.order.pk))


@damage("charges", "order {order}: has no charge")
def an_order_without_its_charge(book: Book) -> None:
    sql(f"DELETE FROM {ENTRIES} WHERE order_id = {book.order.pk} AND kind = 'charge'")


@damage("charges", "order {order}", without="order_charge_is_rate_by_units")
def a_charge_that_is_not_rate_by_units(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET rate = 1.3 WHERE id = {book.order.pk}")


@damage("charges", "order {order}")
def a_charge_that_is_not_the_booked_one(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET charge = 2.4, units = 2000 WHERE id = {book.order.pk}")


@damage("charges", "order {order}")
def an_order_given_to_another_customer(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET customer_id = {book.stranger.pk} WHERE id = {book.order.pk}")


@damage("refunds", "order {order}: refunded 0.00000000, metered 0.00000000, the book has 0.3")
def a_refund_that_the_order_forgot(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET refunded = 0 WHERE id = {book.order.pk}")


@damage("refunds", "order {order}")
def a_refund_that_was_not_booked(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET refunded = 1 WHERE id = {book.order.pk}")


@damage("refunds", "order {order}", without="order_charged_or_metered")
def a_metered_charge_that_was_not_booked(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET metered = 1 WHERE id = {book.order.pk}")


@damage("limits", "order {order}", without="order_refunded_within_charge")
def a_refund_above_the_charge(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET refunded = 2 WHERE id = {book.order.pk}")


@damage("payments", "payment {open_payment}: settled, 7.00000000, not credited")
def a_payment_settled_without_its_credit(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET status = 'settled' WHERE id = {book.open_payment.pk}")


@damage("payments", "payment {payment}: rejected")
def a_credit_for_a_rejected_payment(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET status = 'rejected' WHERE id = {book.payment.pk}")


@damage("payments", "payment {payment}")
def a_payment_of_another_amount(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET amount = 1 WHERE id = {book.payment.pk}")


@damage("payments", "payment {payment}: settled, 100.00000000, credited 200")
def a_payment_credited_twice(book: Book) -> None:
    append(book.customer, "top_up", "100", payment_id=str(book.payment.pk))


@damage("payments back", "payment {payment}: settled, back 1.00000000")
def money_taken_back_without_an_entry(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET taken_back = 1 WHERE id = {book.payment.pk}")


@damage("payments back", "payment {payment}: settled, back 0.00000000")
def a_chargeback_that_the_payment_forgot(book: Book) -> None:
    append(book.customer, "chargeback", "-1", payment_id=str(book.payment.pk))


@damage("payments back", "payment {payment}", without="payment_bonus_back_within_bonus")
def a_bonus_taken_back_that_was_never_given(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET bonus_back = 1 WHERE id = {book.payment.pk}")
    append(
        book.customer,
        "bonus",
        "-1",
        payment_id=str(book.payment.pk),
        cause=f"'bonus_back:{book.payment.pk}:1'",
    )


@damage("repaid", "open, 5.00000000 of payment {payment}, not taken")
def a_repayment_that_was_not_taken(book: Book) -> None:
    repayment(book)


@damage("repaid", "refused, 5.00000000 of payment {payment}, taken 5.00000000")
def a_refused_repayment_that_was_not_given_again(book: Book) -> None:
    cause = f"'paid_back:' || {repayment(book, status='refused')}"
    append(book.customer, "paid_back", "-5", payment_id=str(book.payment.pk), cause=cause)


@damage("repaid", "customer {customer}, entry 4: is for a refund not there")
def money_paid_back_without_a_repayment(book: Book) -> None:
    append(book.customer, "paid_back", "-5", payment_id=str(book.payment.pk))


@damage("promo codes", "counts 3 uses of at most any, noted are 0")
def a_use_of_a_promo_code_that_nobody_noted(book: Book) -> None:
    sql(f"UPDATE {PROMOS} SET uses = 3 WHERE id = {paying.promo('SUMMER').pk}")


@damage("promo codes", "gave 5.00000000 for payment {open_payment}, the book has 0")
def a_promo_code_that_was_given_without_an_entry(book: Book) -> None:
    use = use_of(paying.promo("SUMMER"), book.open_payment)
    sql(f"UPDATE {USES} SET given = 5 WHERE id = {use.pk}")


@damage("promo codes", "customer {customer}, entry 4: promo:123456 is not there")
def a_promo_code_that_vanished(book: Book) -> None:
    append(book.customer, "bonus", "5", cause="'promo:123456'")


@damage("vouchers", "of 10.00000000, redeemed by customer {customer}; the book has 0")
def a_voucher_redeemed_without_an_entry(book: Book) -> None:
    sql(
        f"UPDATE {VOUCHERS} SET redeemed_by_id = {book.customer.pk}, redeemed_at = now()"
        f" WHERE id = {paying.voucher()[1].pk}"
    )


@damage("vouchers", "of 10.00000000, not redeemed; the book has 10.00000000")
def a_voucher_made_new(book: Book) -> None:
    append(book.customer, "bonus", "10", cause=f"'voucher:{paying.voucher()[1].pk}'")


@damage("vouchers", "customer {customer}, entry 4: voucher:123456 is not there")
def a_voucher_that_vanished(book: Book) -> None:
    append(book.customer, "bonus", "5", cause="'voucher:123456'")


@damage("guards", "trigger entry_moves_balance")
def a_trigger_switched_off(book: Book) -> None:
    sql(f"ALTER TABLE {ENTRIES} DISABLE TRIGGER entry_moves_balance")


@damage("guards", "constraint customer_balance_is_last_entry")
def a_constraint_dropped(book: Book) -> None:
    drop("customer_balance_is_last_entry")


@damage("guards", "constraint entry_has_one_cause")
def a_constraint_that_old_rows_never_met(book: Book) -> None:
    drop("entry_has_one_cause")
    sql(
        f"ALTER TABLE {ENTRIES} ADD CONSTRAINT entry_has_one_cause"
        " CHECK ((order_id IS NULL) <> (cause IS NULL)) NOT VALID"
    )


@damage("invoices", "payment {payment}: kept 100.00000000, its papers say 0")
def a_payment_that_got_no_invoice(book: Book) -> None:
    sql("INSERT INTO orders_seller VALUES (1, 'Us', 'Here', '', '', '', '2020-01-01')")


@damage("invoices", "invoice ")
def an_invoice_for_another_customer(book: Book) -> None:
    paper(book, customer=str(book.stranger.pk))


@damage(
    "invoices",
    "100.00000000 and 7.00000000 do not make 100",
    without="invoice_net_and_tax_make_gross",
)
def an_invoice_that_does_not_add_up(book: Book) -> None:
    paper(book, tax="7")


@damage("invoice numbers", "invoice 2026, number 1: is the last, the year counts 0")
def an_invoice_that_its_year_did_not_count(book: Book) -> None:
    paper(book)


@damage("invoice numbers", "invoice 2026, number 2: follows number 0")
def an_invoice_that_vanished(book: Book) -> None:
    paper(book, number="2")


@damage("invoice numbers", "invoice 2027: counts 3 papers that are not there")
def a_year_whose_invoices_vanished(book: Book) -> None:
    sql("INSERT INTO orders_invoiceseries (kind, year, last_number) VALUES ('invoice', 2027, 3)")


@damage("invoice numbers", "invoice 2026, number 9: follows number 0")
def a_line_of_lost_numbers_that_vanished(book: Book) -> None:
    lost(first="9", last="9")


@damage("invoice numbers", "invoice 2026, number 4: follows number 5")
def a_paper_with_a_number_that_was_lost(book: Book) -> None:
    lost(first="1", last="5")
    paper(book, number="4")
