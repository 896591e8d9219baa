"""Attacks on the money of orders, and on their timelines."""
# ruff: noqa: S608  (attackers do put texts together)

from tests.orders.attacks.listing import attack
from tests.orders.breaking import EVENTS, ORDERS, Book, append, copy, sql


@attack("order_has_its_charge")
def an_order_without_its_charge(book: Book) -> None:
    copy(ORDERS, book.order.pk)


@attack("order_has_its_charge")
def a_wrong_charge(book: Book) -> None:
    copy(ORDERS, book.order.pk)
    append(book.customer, "charge", "-1.1", order_id=f"(SELECT max(id) FROM {ORDERS})")


@attack("order_has_its_charge")
def a_charge_of_another_customer(book: Book) -> None:
    copy(ORDERS, book.order.pk)
    append(book.stranger, "charge", "-1.2", order_id=f"(SELECT max(id) FROM {ORDERS})")


@attack("order_charge_is_rate_by_units")
def a_charge_that_is_not_rate_by_units(book: Book) -> None:
    copy(ORDERS, book.order.pk, charge="1.19")
    append(book.customer, "charge", "-1.19", order_id=f"(SELECT max(id) FROM {ORDERS})")


@attack("order_charged_or_metered")
def a_second_charge_that_calls_itself_metered(book: Book) -> None:
    append(book.customer, "charge", "-1", order_id=str(book.order.pk), step="2")


@attack("order_refunded_within_charge")
def a_refund_above_the_charge(book: Book) -> None:
    append(book.customer, "refund", "1.20000001", order_id=str(book.order.pk))


@attack("order_refunded_within_charge")
def a_refund_above_the_charge_in_portions(book: Book) -> None:
    append(book.customer, "refund", "0.7", order_id=str(book.order.pk), step="1")
    append(book.customer, "refund", "0.7", order_id=str(book.order.pk), step="2")


@attack("order_refunded_within_charge")
def more_taken_back_than_was_refunded(book: Book) -> None:
    append(book.customer, "reversal", "-0.1", order_id=str(book.order.pk))


@attack("entry_moves_balance", "entry_order_of_customer")
def a_refund_for_the_order_of_another_customer(book: Book) -> None:
    append(book.customer, "refund", "1", order_id=str(book.stranger_order.pk))


@attack("order_money_moves_by_entry", "order_money_frozen")
def a_refund_forgotten(book: Book) -> None:
    append(book.customer, "refund", "1", order_id=str(book.order.pk))
    sql(f"UPDATE {ORDERS} SET refunded = 0 WHERE id = {book.order.pk}")


@attack("order_money_moves_by_entry", "order_money_frozen")
def a_charge_edited_with_its_rate(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET charge = 1.1, rate = 1.1 WHERE id = {book.order.pk}")


@attack("order_money_moves_by_entry", "order_money_frozen")
def an_order_given_to_another_customer(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET customer_id = {book.stranger.pk} WHERE id = {book.order.pk}")


@attack("order_money_starts_at_zero", "order_money_frozen")
def an_order_born_refunded(book: Book) -> None:
    copy(ORDERS, book.order.pk, refunded="1")


@attack("order_is_kept", "order_in_book")
def an_order_deleted_and_born_again_unrefunded(book: Book) -> None:
    append(book.customer, "refund", "1", order_id=str(book.order.pk))
    copy(ORDERS, book.order.pk, refunded="0")
    sql(f"DELETE FROM {ORDERS} WHERE id = {book.order.pk}")


@attack("canceled_is_final", "order_canceled_is_final")
def a_canceled_order_reopened(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET status = 'canceled' WHERE id = {book.order.pk}")
    sql(f"UPDATE {ORDERS} SET status = 'pending' WHERE id = {book.order.pk}")


@attack("order_counts_positive")
def a_negative_quantity(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET quantity = -1 WHERE id = {book.order.pk}")


@attack("order_status_in_table")
def a_state_that_nobody_knows(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET status = 'lost' WHERE id = {book.order.pk}")


@attack("order_idempotency_once")
def an_idempotency_key_used_twice(book: Book) -> None:
    sql(f"UPDATE {ORDERS} SET idempotency_key = 'key' WHERE id = {book.order.pk}")
    copy(ORDERS, book.order.pk)


@attack("event_is_kept", "event_append_only")
def an_edited_event(book: Book) -> None:
    sql(f"INSERT INTO {EVENTS} (order_id, kind, text, actor) VALUES ({book.order.pk}, 'a', '', '')")
    sql(f"UPDATE {EVENTS} SET kind = 'b'")


@attack("event_is_kept", "event_append_only")
def a_deleted_event(book: Book) -> None:
    sql(f"INSERT INTO {EVENTS} (order_id, kind, text, actor) VALUES ({book.order.pk}, 'a', '', '')")
    sql(f"DELETE FROM {EVENTS}")


@attack("events_are_kept", "event_append_only")
def a_truncated_timeline(book: Book) -> None:
    sql(f"TRUNCATE {EVENTS}")
