"""Attacks on invoices and their numbers."""
# ruff: noqa: S608  (attackers do put texts together)

from tests.orders.attacks.listing import attack
from tests.orders.breaking import Book, sql

INVOICES = "orders_invoice"
SERIES = "orders_invoiceseries"
LOST = "orders_lostnumbers"
COLUMNS = (
    "kind, year, number, customer_id, payment_id, step, covers, gross, net, tax, tax_name,"
    " tax_percent, tax_note, currency, seller, buyer, paid, issued_at"
)


def paper(book: Book, **other: str) -> None:
    """Insert the invoice of the book's settled payment, with some values (SQL) of one's own."""
    values = {
        "kind": "'invoice'",
        "year": "2026",
        "number": "1",
        "customer": str(book.customer.pk),
        "payment": str(book.payment.pk),
        "step": "1",
        "covers": "100",
        "gross": "100",
        "net": "100",
        "tax": "0",
    } | other
    rest = "'', 0, '', 'USD', '{}', '{}', '{}', '2026-03-01T12:00Z'"
    sql(f"INSERT INTO {INVOICES} ({COLUMNS}) VALUES ({', '.join(values.values())}, {rest})")


def lost(*, first: str = "1", last: str, year: str = "2026") -> None:
    """Insert a line of lost numbers of invoices."""
    values = f"('invoice', {year}, {first}, {last}, 'ann')"
    sql(f"INSERT INTO {LOST} (kind, year, first, last, actor) VALUES {values}")


@attack("invoice_numbers_itself", "invoice_meets_payment")
def an_invoice_for_more_than_was_paid(book: Book) -> None:
    paper(book, covers="101", gross="101", net="101")


@attack("invoice_numbers_itself", "invoice_meets_payment")
def an_invoice_whose_total_is_more_than_was_paid(book: Book) -> None:
    paper(book, gross="101", net="101")


@attack("invoice_numbers_itself", "invoice_meets_payment")
def an_invoice_for_what_never_arrived(book: Book) -> None:
    paper(book, payment=str(book.open_payment.pk), covers="7", gross="7", net="7")


@attack("invoice_numbers_itself", "invoice_meets_payment")
def an_invoice_of_another_customers_payment(book: Book) -> None:
    paper(book, customer=str(book.stranger.pk))


@attack("invoice_numbers_itself", "invoice_meets_payment")
def a_second_invoice_for_one_payment(book: Book) -> None:
    paper(book)
    paper(book, number="2", step="2")


@attack("invoice_numbers_itself", "invoice_meets_payment")
def a_credit_note_for_what_was_not_taken_back(book: Book) -> None:
    paper(book)
    paper(book, kind="'credit_note'", step="2", covers="-1", gross="-1", net="-1")


@attack("invoice_is_kept", "invoice_append_only")
def an_edited_invoice(book: Book) -> None:
    paper(book)
    sql(f"UPDATE {INVOICES} SET buyer = '{{}}'")


@attack("invoice_is_kept", "invoice_append_only")
def a_deleted_invoice(book: Book) -> None:
    paper(book)
    sql(f"DELETE FROM {INVOICES}")


@attack("invoices_are_kept", "invoice_append_only")
def truncated_invoices(book: Book) -> None:
    sql(f"TRUNCATE {INVOICES}")


@attack("series_counts_by_invoice", "series_by_invoice")
def a_year_that_counts_from_somewhere_else(book: Book) -> None:
    paper(book)
    sql(f"UPDATE {SERIES} SET last_number = 7")


@attack("series_counts_by_invoice", "series_by_invoice")
def a_year_that_begins_at_ten(book: Book) -> None:
    sql(f"INSERT INTO {SERIES} (kind, year, last_number) VALUES ('invoice', 2027, 10)")


@attack("series_counts_by_invoice", "series_by_invoice")
def a_year_that_was_deleted(book: Book) -> None:
    paper(book)
    sql(f"DELETE FROM {SERIES}")


@attack("series_are_kept", "series_by_invoice")
def truncated_years(book: Book) -> None:
    sql(f"TRUNCATE {SERIES}")


@attack("invoice_series_once", behind="series_counts_by_invoice")
def a_year_that_counts_twice(book: Book) -> None:
    row = "('invoice', 2027, 1)"
    sql(f"INSERT INTO {SERIES} (kind, year, last_number) VALUES {row}, {row}")


@attack("invoice_continues_previous", behind="invoice_numbers_itself")
def a_number_left_out(book: Book) -> None:
    paper(book)
    paper(book, number="3", step="2")


@attack("invoice_number_once", behind="invoice_numbers_itself")
def a_number_given_twice(book: Book) -> None:
    paper(book)
    paper(book, step="2")


@attack("invoice_numbers_from_one", behind="invoice_numbers_itself")
def a_number_zero(book: Book) -> None:
    paper(book, number="0")


@attack("invoice_step_once", behind="invoice_numbers_itself")
def two_first_papers_of_one_payment(book: Book) -> None:
    paper(book)
    paper(book, number="2")


@attack("invoice_net_and_tax_make_gross")
def a_net_amount_that_does_not_fit(book: Book) -> None:
    paper(book, net="80", tax="19")


@attack("invoice_kind_fits_sign")
def a_credit_note_that_asks_for_money(book: Book) -> None:
    paper(book, kind="'credit_note'")


@attack("invoice_amounts_are_numbers", behind="invoice_numbers_itself")
def an_invoice_over_no_number(book: Book) -> None:
    paper(book, gross="'NaN'", net="'NaN'")


@attack("invoice_continues_previous", behind="invoice_numbers_itself")
def a_number_that_was_lost_given_to_a_paper(book: Book) -> None:
    lost(last="3")
    paper(book, number="2")


@attack("lost_numbers_count", "lost_numbers_are_new")
def a_paper_that_is_here_called_lost(book: Book) -> None:
    paper(book)
    lost(last="1")


@attack("lost_numbers_continue_previous", behind="lost_numbers_count")
def lost_numbers_with_a_gap_before_them(book: Book) -> None:
    lost(first="2", last="3")


@attack("lost_numbers_continue_previous", behind="lost_numbers_count")
def a_number_on_a_paper_and_lost_as_well(book: Book) -> None:
    paper(book)
    lost(first="1", last="2")


@attack("lost_numbers_continue_previous", behind="lost_numbers_count")
def a_number_lost_twice(book: Book) -> None:
    lost(first="1", last="3")
    lost(first="2", last="4")


@attack("lost_numbers_once", behind="lost_numbers_count lost_numbers_continue_previous")
def the_same_numbers_lost_twice(book: Book) -> None:
    lost(last="3")
    lost(last="3")


@attack("lost_numbers_in_order", behind="lost_numbers_count lost_numbers_continue_previous")
def lost_numbers_that_end_before_they_begin(book: Book) -> None:
    lost(first="3", last="2")


@attack("lost_number_is_kept", "lost_numbers_append_only")
def an_edited_line_of_lost_numbers(book: Book) -> None:
    lost(last="3")
    sql(f"UPDATE {LOST} SET last = 2")


@attack("lost_number_is_kept", "lost_numbers_append_only")
def a_deleted_line_of_lost_numbers(book: Book) -> None:
    lost(last="3")
    sql(f"DELETE FROM {LOST}")


@attack("lost_numbers_are_kept", "lost_numbers_append_only")
def truncated_lines_of_lost_numbers(book: Book) -> None:
    sql(f"TRUNCATE {LOST}")
