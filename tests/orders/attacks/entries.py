"""Attacks on what an entry is for."""
# ruff: noqa: S608  (attackers do put texts together)

from tests.orders.attacks.listing import attack
from tests.orders.breaking import ORDERS, Book, append, copy


@attack("entry_kind_fits_sign_and_order")
def a_charge_that_gives_money(book: Book) -> None:
    copy(ORDERS, book.order.pk)
    append(book.customer, "charge", "5", order_id=f"(SELECT max(id) FROM {ORDERS})")


@attack("entry_kind_fits_sign_and_order")
def a_top_up_without_a_payment(book: Book) -> None:
    append(book.customer, "top_up", "5")


@attack("entry_kind_fits_sign_and_order")
def a_payout_that_gives_money(book: Book) -> None:
    append(book.customer, "payout", "5")


@attack("entry_kind_fits_sign_and_order")
def a_kind_that_nobody_knows(book: Book) -> None:
    append(book.customer, "gift", "5")


@attack("entry_has_one_cause")
def an_entry_without_a_cause(book: Book) -> None:
    append(book.customer, "bonus", "5", cause="NULL")


@attack("orders_ledgerentry_cause_key")
def a_cause_that_counts_twice(book: Book) -> None:
    append(book.customer, "bonus", "5", cause=f"'payment:{book.payment.pk}'")


@attack("entry_adjustment_has_reason")
def an_adjustment_without_a_reason(book: Book) -> None:
    append(book.customer, "adjustment", "5", reason="''")


@attack("entry_once_per_order_step")
def a_refund_that_counts_twice(book: Book) -> None:
    append(book.customer, "refund", "0.1", order_id=str(book.order.pk))
    append(book.customer, "refund", "0.1", order_id=str(book.order.pk))


@attack("entry_once_per_order_step")
def a_second_charge(book: Book) -> None:
    append(book.customer, "charge", "-1.2", order_id=str(book.order.pk))


@attack("entry_charge_once", behind="entry_once_per_order_step")
def a_second_charge_of_the_same_order(book: Book) -> None:
    append(book.customer, "charge", "-1.2", order_id=str(book.order.pk))


@attack("entry_steps_from_one")
def a_charge_before_the_first(book: Book) -> None:
    append(book.customer, "refund", "0.1", order_id=str(book.order.pk), step="0")


@attack("orders_ledgerentry_order_id")
def a_charge_of_no_order(book: Book) -> None:
    append(book.customer, "charge", "-5", order_id="-1")
