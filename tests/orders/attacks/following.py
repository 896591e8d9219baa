"""Attacks on what follows a payment: money that goes back, bonuses, repayments."""
# ruff: noqa: S608  (attackers do put texts together)

from tests.orders.attacks.listing import attack
from tests.orders.breaking import PAYMENTS, REPAYMENTS, Book, append, copy, sql


def repayment(book: Book, amount: str = "5", status: str = "open") -> str:
    """A repayment of the settled payment, as a row alone; its id as SQL."""
    sql(
        f"INSERT INTO {REPAYMENTS} (payment_id, token, amount, pay_amount, status, reference,"
        f" answer, reason, actor) VALUES ({book.payment.pk}, gen_random_uuid(), {amount},"
        f" {amount}, '{status}', '', '', 'x', 'boss')"
    )
    return f"(SELECT max(id) FROM {REPAYMENTS})"


def follow(book: Book, kind: str, amount: str, cause: str = "'by hand'") -> None:
    append(book.customer, kind, amount, payment_id=str(book.payment.pk), cause=cause)


@attack("payment_taken_back_within_amount")
def more_charged_back_than_was_paid(book: Book) -> None:
    follow(book, "chargeback", "-100.00000001")


@attack("payment_taken_back_within_amount")
def more_charged_back_than_was_paid_in_portions(book: Book) -> None:
    follow(book, "chargeback", "-60", "'one'")
    follow(book, "chargeback", "-60", "'two'")


@attack("payment_taken_back_within_amount")
def a_chargeback_given_back_that_was_never_taken(book: Book) -> None:
    follow(book, "restored", "1")


@attack("entry_moves_balance", "entry_payment_of_customer")
def a_chargeback_for_the_payment_of_another_customer(book: Book) -> None:
    append(book.stranger, "chargeback", "-5", payment_id=str(book.payment.pk))


@attack("entry_moves_balance", "entry_payment_of_customer")
def a_chargeback_of_a_payment_that_never_arrived(book: Book) -> None:
    append(book.customer, "chargeback", "-5", payment_id=str(book.open_payment.pk))


@attack("entry_moves_balance", "entry_payment_of_customer")
def an_adjustment_that_hides_behind_a_payment(book: Book) -> None:
    follow(book, "adjustment", "5")


@attack("entry_kind_fits_sign_and_order")
def a_chargeback_without_a_payment(book: Book) -> None:
    append(book.customer, "chargeback", "-5")


@attack("payment_bonus_back_within_bonus")
def more_bonus_taken_back_than_was_given(book: Book) -> None:
    follow(book, "bonus", "3", f"'bonus:{book.payment.pk}'")
    follow(book, "bonus", "-3.00000001", "'bonus_back:1'")


@attack("payment_bonus_back_within_bonus")
def a_bonus_given_again_that_was_not_taken_back(book: Book) -> None:
    follow(book, "bonus", "3", "'bonus_back:1'")


@attack("entry_moves_balance", "customer_balance_covers")
def an_overdraft_that_calls_itself_a_bonus_taken_back(book: Book) -> None:
    append(book.customer, "bonus", "-5000", cause="'bonus_back:1'")


@attack("entry_moves_balance", "customer_balance_covers")
def a_revoked_bonus_that_was_spent(book: Book) -> None:
    follow(book, "bonus", "3", f"'bonus:{book.payment.pk}'")
    append(book.customer, "payout", "-101")
    follow(book, "bonus", "-3", "'bonus_revoked:1'")


@attack("entry_moves_balance", "customer_balance_covers")
def a_repayment_of_what_was_spent(book: Book) -> None:
    cause = f"'paid_back:' || {repayment(book, '100')}"
    follow(book, "paid_back", "-100", cause)


@attack("entry_moves_balance", "entry_fits_refund")
def money_paid_back_without_a_repayment(book: Book) -> None:
    follow(book, "paid_back", "-5")


@attack("entry_moves_balance", "entry_fits_refund")
def another_amount_paid_back_than_was_asked(book: Book) -> None:
    follow(book, "paid_back", "-6", f"'paid_back:' || {repayment(book)}")


@attack("entry_moves_balance", "entry_fits_refund")
def a_repayment_undone_that_was_not_refused(book: Book) -> None:
    row = repayment(book, status="done")
    follow(book, "paid_back", "-5", f"'paid_back:' || {row}")
    follow(book, "paid_back", "5", f"'paid_back_undone:' || {row}")


@attack("payment_moves_by_entry")
def money_taken_back_without_an_entry(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET taken_back = 1 WHERE id = {book.payment.pk}")


@attack("payment_moves_by_entry")
def a_bonus_without_an_entry(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET bonus = 1 WHERE id = {book.payment.pk}")


@attack("payment_moves_once_settled", behind="payment_moves_by_entry")
def a_bonus_of_a_payment_that_never_arrived(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET bonus = 1 WHERE id = {book.open_payment.pk}")


@attack("payment_settles_by_entry", "payment_by_entry")
def a_settled_payment_of_other_terms(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET pay_amount = 1 WHERE id = {book.payment.pk}")


@attack("payment_settles_by_entry", "payment_by_entry")
def a_settled_payment_under_another_reference(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET reference = 'free again' WHERE id = {book.payment.pk}")


@attack("payment_terms_range")
def a_payment_for_nothing(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET pay_amount = 0 WHERE id = {book.open_payment.pk}")


@attack("payment_terms_range")
def a_rate_that_is_no_number(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET exchange_rate = 'NaN' WHERE id = {book.open_payment.pk}")


@attack("payment_status_in_table")
def a_payment_in_a_state_that_nobody_knows(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET status = 'lost' WHERE id = {book.open_payment.pk}")


@attack("payment_token_once")
def a_token_used_twice(book: Book) -> None:
    copy(PAYMENTS, book.open_payment.pk, reference="'another'")


@attack("payment_memo_once")
def a_memo_that_two_open_payments_share(book: Book) -> None:
    sql(f"UPDATE {PAYMENTS} SET memo = 'AAAA' WHERE id = {book.open_payment.pk}")
    copy(PAYMENTS, book.open_payment.pk, reference="'another'", token="gen_random_uuid()")


@attack("refund_stays_as_asked")
def a_repayment_made_larger(book: Book) -> None:
    sql(f"UPDATE {REPAYMENTS} SET amount = 6 WHERE id = {repayment(book)}")


@attack("refund_stays_as_asked")
def a_repayment_that_begins_anew(book: Book) -> None:
    sql(f"UPDATE {REPAYMENTS} SET status = 'open' WHERE id = {repayment(book, status='refused')}")


@attack("refund_is_kept", "refund_in_book")
def a_deleted_repayment(book: Book) -> None:
    sql(f"DELETE FROM {REPAYMENTS} WHERE id = {repayment(book)}")


@attack("payment_refund_token_once")
def a_repayment_under_a_key_used_before(book: Book) -> None:
    row = repayment(book)
    sql(
        f"INSERT INTO {REPAYMENTS} (payment_id, token, amount, pay_amount, status, reference,"
        " answer, reason, actor) SELECT payment_id, token, amount, pay_amount, status, reference,"
        f" answer, reason, actor FROM {REPAYMENTS} WHERE id = {row}"
    )


@attack("payment_refund_positive")
def a_repayment_of_less_than_nothing(book: Book) -> None:
    repayment(book, "-5")


@attack("payment_refund_status_in_table")
def a_repayment_in_a_state_that_nobody_knows(book: Book) -> None:
    repayment(book, status="lost")
