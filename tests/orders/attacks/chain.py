"""Attacks on the chain of entries."""
# ruff: noqa: S608  (attackers do put texts together)

from tests.orders.attacks.listing import attack
from tests.orders.breaking import CUSTOMERS, ENTRIES, Book, append, copy, sql, stream_in


@attack("entry_is_kept", "entry_append_only")
def an_edited_entry(book: Book) -> None:
    sql(f"UPDATE {ENTRIES} SET reason = 'another' WHERE customer_id = {book.customer.pk}")


@attack("entry_is_kept", "entry_append_only")
def a_deleted_entry(book: Book) -> None:
    sql(f"DELETE FROM {ENTRIES} WHERE customer_id = {book.customer.pk} AND number = 2")


@attack("entry_is_kept", "entry_append_only")
def an_entry_overwritten_by_an_upsert(book: Book) -> None:
    sql(
        f"INSERT INTO {ENTRIES} (customer_id, kind, amount, step, cause, actor, reason)"
        f" VALUES ({book.customer.pk}, 'bonus', 5, 1, 'payment:{book.payment.pk}', '', '')"
        " ON CONFLICT (cause) DO UPDATE SET amount = 1000"
    )


@attack("entries_are_kept", "entry_append_only")
def a_truncated_book(book: Book) -> None:
    sql(f"TRUNCATE {ENTRIES} CASCADE")


@attack("entries_are_kept", "entry_append_only")
def a_book_truncated_with_its_customers(book: Book) -> None:
    sql(f"TRUNCATE {CUSTOMERS} CASCADE")


@attack("entry_moves_balance", "customer_balance_covers")
def an_overdraft_copied_in(book: Book) -> None:
    stream_in(
        ENTRIES,
        customer_id=book.customer.pk,
        number=3,
        kind="payout",
        amount=-5000,
        balance_after="-4901.2",
        step=1,
        cause="copied",
        actor="",
        reason="",
    )


@attack("entry_continues_previous", behind="entry_moves_balance")
def a_gap_in_the_numbers(book: Book) -> None:
    append(book.customer, "bonus", "5", number="4")


@attack("entry_continues_previous", behind="entry_moves_balance")
def a_wrong_sum(book: Book) -> None:
    append(book.customer, "bonus", "5", balance_after="500")


@attack("entry_number_once", behind="entry_moves_balance")
def a_fork(book: Book) -> None:
    append(book.customer, "bonus", "5", number="2", balance_after="105")


@attack("entry_balance_once", behind="entry_moves_balance entry_number_once")
def an_entry_twice(book: Book) -> None:
    append(book.customer, "bonus", "-1.2", number="2", balance_after="98.8")


@attack("entry_first_from_zero", behind="entry_moves_balance")
def a_first_entry_that_starts_with_a_balance(book: Book) -> None:
    fresh = f"(SELECT max(id) FROM {CUSTOMERS})"
    copy(CUSTOMERS, book.customer.pk, balance="0", last_number="0")
    append(book.customer, "bonus", "5", customer_id=fresh, number="1", balance_after="500")


@attack("entry_moves_balance", "entry_has_customer")
def an_entry_for_nobody(book: Book) -> None:
    append(book.customer, "bonus", "5", customer_id="-1")


@attack("orders_ledgerentry_customer_id", behind="entry_moves_balance")
def an_entry_that_refers_to_nobody(book: Book) -> None:
    append(book.customer, "bonus", "5", customer_id="-1", number="1", balance_after="5")


@attack("entry_amount_is_number")
def an_amount_that_is_no_number(book: Book) -> None:
    append(book.customer, "bonus", "NaN")
