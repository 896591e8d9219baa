"""Attacks on what customers hold, and on the floor under it."""
# ruff: noqa: S608  (attackers do put texts together)

from tests.orders.attacks.listing import attack
from tests.orders.breaking import CUSTOMERS, ENTRIES, Book, append, copy, sql, stream_in


@attack("balance_moves_by_entry", "balance_by_entry")
def a_changed_balance(book: Book) -> None:
    sql(f"UPDATE {CUSTOMERS} SET balance = 1000 WHERE id = {book.customer.pk}")


@attack("balance_moves_by_entry", "balance_by_entry")
def a_balance_set_back_to_an_older_entry(book: Book) -> None:
    sql(f"UPDATE {CUSTOMERS} SET balance = 100, last_number = 1 WHERE id = {book.customer.pk}")


@attack("balance_moves_by_entry", "balance_by_entry")
def a_balance_set_by_an_upsert(book: Book) -> None:
    names = "id, name, status, balance, last_number, credit_limit, discount, created_at"
    sql(
        f"INSERT INTO {CUSTOMERS} ({names})"
        f" SELECT id, name, status, 0, 0, credit_limit, discount, created_at FROM {CUSTOMERS}"
        f" WHERE id = {book.customer.pk} ON CONFLICT (id) DO UPDATE SET balance = 1000"
    )


@attack("customer_balance_is_last_entry", behind="balance_moves_by_entry")
def a_balance_that_is_not_its_last_entry(book: Book) -> None:
    sql(f"UPDATE {CUSTOMERS} SET balance = 1000 WHERE id = {book.customer.pk}")


@attack("customer_balance_is_last_entry")
def an_effect_whose_entry_was_skipped_as_a_conflict(book: Book) -> None:
    cause = f"payment:{book.payment.pk}"
    sql(
        f"INSERT INTO {ENTRIES} (customer_id, kind, amount, step, cause, actor, reason)"
        f" VALUES ({book.customer.pk}, 'bonus', 500, 1, '{cause}', '', '') ON CONFLICT DO NOTHING"
    )


@attack("balance_moves_by_entry", "balance_by_entry")
def a_balance_set_by_a_merge(book: Book) -> None:
    sql(
        f"MERGE INTO {CUSTOMERS} AS c USING (VALUES ({book.customer.pk})) AS v (id) ON c.id = v.id"
        " WHEN MATCHED THEN UPDATE SET balance = 1000"
    )


@attack("balance_starts_at_zero", "balance_by_entry")
def a_customer_copied_in_with_a_balance(book: Book) -> None:
    stream_in(
        CUSTOMERS,
        name="Copy",
        status="active",
        balance=1000,
        last_number=0,
        credit_limit=0,
        discount=0,
        created_at="2026-03-01",
    )


@attack("balance_starts_at_zero", "balance_by_entry")
def a_customer_born_with_a_balance(book: Book) -> None:
    copy(CUSTOMERS, book.customer.pk, balance="5", last_number="0")


@attack("customer_starts_with_nothing", behind="balance_starts_at_zero")
def a_balance_without_any_entry(book: Book) -> None:
    copy(CUSTOMERS, book.customer.pk, balance="5", last_number="0")


@attack("customer_is_kept", "customer_in_book")
def a_customer_deleted_and_born_again_with_nothing(book: Book) -> None:
    sql(
        f"CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM {CUSTOMERS}"
        f" WHERE id = {book.customer.pk}"
    )
    sql(f"DELETE FROM {CUSTOMERS} WHERE id = {book.customer.pk}")
    names = "id, name, status, credit_limit, discount, created_at"
    sql(f"INSERT INTO {CUSTOMERS} ({names}, balance, last_number) SELECT {names}, 0, 0 FROM kept")


@attack("customer_credit_limit_positive")
def a_negative_credit_limit(book: Book) -> None:
    sql(f"UPDATE {CUSTOMERS} SET credit_limit = -1 WHERE id = {book.customer.pk}")


@attack("customer_credit_limit_is_number")
def a_credit_limit_that_is_no_number(book: Book) -> None:
    sql(f"UPDATE {CUSTOMERS} SET credit_limit = 'NaN' WHERE id = {book.customer.pk}")


@attack("customer_discount_percent")
def a_discount_of_everything(book: Book) -> None:
    sql(f"UPDATE {CUSTOMERS} SET discount = 100 WHERE id = {book.customer.pk}")


@attack("entry_moves_balance", "customer_balance_covers")
def an_overdraft(book: Book) -> None:
    append(book.customer, "payout", "-98.80000001")


@attack("entry_moves_balance", "customer_balance_covers")
def an_overdraft_by_many_in_one_statement(book: Book) -> None:
    sql(
        f"INSERT INTO {ENTRIES} (customer_id, kind, amount, step, cause, actor, reason,"
        " number, balance_after)"
        f" SELECT {book.customer.pk}, 'payout', -10, 1, 'out ' || n, '', '', 2 + n, 98.8 - 10 * n"
        " FROM generate_series(1, 10) AS n"
    )


@attack("entry_moves_balance", "customer_may_spend")
def spending_of_the_suspended(book: Book) -> None:
    sql(f"UPDATE {CUSTOMERS} SET status = 'suspended' WHERE id = {book.customer.pk}")
    append(book.customer, "payout", "-5")
