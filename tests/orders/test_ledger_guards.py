"""Nothing breaks the book: the database refuses, by name, whatever the application does."""

import pytest
from django.db import connection

from tests.orders.attacks import ATTACKS, Attack
from tests.orders.attacks.papers import INVOICES, LOST, SERIES
from tests.orders.breaking import (
    CUSTOMERS,
    ENTRIES,
    EVENTS,
    ORDERS,
    PAYMENTS,
    PROMOS,
    REPAYMENTS,
    USES,
    VOUCHERS,
    Book,
    drop,
    refusal_of,
    small_book,
    sql,
)

pytestmark = pytest.mark.django_db

# Columns that other rules need, not money.
NOT_OF_THE_BOOK = {
    "order_at_provider_has_upstream_id",
    "order_upstream_once",
}


@pytest.fixture
def book() -> Book:
    made = small_book()
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("SET CONSTRAINTS ALL DEFERRED")
    return made


def each_attack(test):
    return pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: a.deed.__name__)(test)


@each_attack
def test_the_database_refuses(attack: Attack, book):
    for guard in attack.behind:
        drop(guard)

    assert refusal_of(lambda: attack.deed(book)).startswith(attack.refusal)


@each_attack
def test_without_its_guard_nobody_else_refuses_in_its_name(attack: Attack, book):
    for guard in (*attack.behind, attack.guard):
        drop(guard)

    assert not refusal_of(lambda: attack.deed(book)).startswith(attack.refusal)


TABLES = [
    *(CUSTOMERS, ENTRIES, ORDERS, PAYMENTS, EVENTS, INVOICES, SERIES, LOST),
    *(REPAYMENTS, PROMOS, USES, VOUCHERS),
]


@pytest.mark.parametrize("table", TABLES)
def test_every_guard_of_the_book_has_been_attacked(table):
    attacked = {attack.guard for attack in ATTACKS}

    assert _guards_of(table) - attacked - NOT_OF_THE_BOOK == set()


def _guards_of(table: str) -> set[str]:
    """Triggers and named constraints of a table; those that Django names itself are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = %s::regclass"
            " UNION SELECT conname FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND NOT starts_with(conname, %s)"
            " UNION SELECT indexrelid::regclass::text FROM pg_index"
            " WHERE indrelid = %s::regclass AND indisunique"
            " AND NOT starts_with(indexrelid::regclass::text, %s)",
            [table, table, "orders_", table, "orders_"],
        )
        return {name for (name,) in cursor.fetchall()}
