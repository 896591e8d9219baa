"""Attacks on the money that comes in."""
# ruff: noqa: S608  (attackers do put texts together)

from tests.orders.attacks.listing import attack
from tests.orders.breaking import PAYMENTS, Book, append, copy, sql


@attack("entry_moves_balance", "entry_settles_payment")
def a_payment_credited_twice(book: Book) -> None:
    append(book.customer, "top_up", "100", payment_id=str(book.payment.pk))


@attack("entry_moves_balance", "entry_settles_payment")
def a_payment_credited_with_more_than_was_paid(book: Book) -> None:
    append(book.customer, "top_up", "8", payment_id=str(book.open_payment.pk))


@attack("entry_moves_balance", "entry_settles_payment")
def a_payment_of_another_customer(book: Book) -> None:
    append(book.stranger, "top_up", "7", payment_id=str(book.open_payment.pk))


@attack("orders_ledgerentry_payment_id", behind="entry_moves_balance")
def a_chargeback_of_no_payment(book: Book) -> None:
    append(book.customer, "chargeback", "-7", payment_id="-1")


@attack("payment_settles_by_entry", "payment_by_entry")
def a_payment_settled_without_its_credit(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET status = 'settled' WHERE id = {book.open_payment.pk}")


@attack("payment_settles_by_entry", "payment_by_entry")
def a_settled_payment_opened_again(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET status = 'open' WHERE id = {book.payment.pk}")


@attack("payment_settles_by_entry", "payment_by_entry")
def a_settled_payment_of_another_amount(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET amount = 1 WHERE id = {book.payment.pk}")


@attack("payment_starts_open", "payment_by_entry")
def a_payment_born_settled(book: Book) -> None:
    copy(PAYMENTS, book.payment.pk, reference="'another'")


@attack("payment_is_kept", "payment_in_book")
def a_settled_payment_deleted_and_born_again(book: Book) -> None:
    sql(
        f"CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM {PAYMENTS}"
        f" WHERE id = {book.payment.pk}"
    )
    sql(f"DELETE FROM {PAYMENTS} WHERE id = {book.payment.pk}")
    sql("UPDATE kept SET status = 'open'")
    sql(f"INSERT INTO {PAYMENTS} SELECT * FROM kept")


@attack("payment_amount_positive")
def a_payment_of_nothing(book: Book) -> None:
    copy(PAYMENTS, book.open_payment.pk, amount="0", reference="'another'")


@attack("payment_amount_is_number")
def a_payment_that_is_no_number(book: Book) -> None:
    copy(PAYMENTS, book.open_payment.pk, amount="'NaN'", reference="'another'")


@attack("payment_reference_once")
def a_reference_used_twice(book: Book) -> None:
    copy(PAYMENTS, book.open_payment.pk)
