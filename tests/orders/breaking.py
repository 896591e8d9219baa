"""Tools of those who try to break the book: raw SQL, and which guard it was that refused."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, connection, transaction

from orders import ledger
from orders.models import Customer, LedgerEntry, Order, Payment
from tests import make

ENTRIES = "orders_ledgerentry"
CUSTOMERS = "orders_customer"
ORDERS = "orders_order"
PAYMENTS = "orders_payment"
REPAYMENTS = "orders_paymentrefund"
PROMOS = "orders_promocode"
USES = "orders_promouse"
VOUCHERS = "orders_voucher"
EVENTS = "orders_orderevent"


@dataclass(frozen=True)
class Book:
    """A small book: who paid in 100 and bought for 1.2, and somebody else who did the same."""

    customer: Customer
    order: Order
    payment: Payment
    stranger: Customer
    stranger_order: Order
    open_payment: Payment


def small_book() -> Book:
    customer, stranger = make.customer(balance="100"), make.customer(balance="100")
    service = make.service(rate="1.2")
    order = make.placed(customer=customer, service=service)
    stranger_order = make.placed(customer=stranger, service=service)
    customer.refresh_from_db()
    return Book(
        customer=customer,
        order=order,
        payment=Payment.objects.get(customer=customer),
        stranger=stranger,
        stranger_order=stranger_order,
        open_payment=Payment.objects.create(
            customer=customer,
            gateway="test",
            reference="not settled",
            amount=Decimal(7),
            currency="USD",
            pay_amount=Decimal(7),
            pay_currency="USD",
        ),
    )


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def copy(table: str, row: int, **expressions: str) -> None:
    """Insert a copy of a row in which some columns have other values (SQL expressions)."""
    names = [name for name in _columns(table) if name != "id" or "id" in expressions]
    values = [expressions.get(name, name) for name in names]
    into = f"INTO {table} ({', '.join(names)})"
    sql(f"INSERT {into} SELECT {', '.join(values)} FROM {table} WHERE id = {row}")  # noqa: S608


def stream_in(table: str, **values: object) -> None:
    """Insert one row as COPY does."""
    command = f"COPY {table} ({', '.join(values)}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(command) as to:
        to.write_row(list(values.values()))


def append(customer: Customer, kind: str, amount: str, **expressions: str) -> None:
    """Insert an entry that fits the chain, with its number and balance given by the caller."""
    last = LedgerEntry.objects.filter(customer=customer).latest("number")
    columns = {
        "number": str(last.number + 1),
        "balance_after": f"'{last.balance_after + Decimal(amount)}'",
        "kind": f"'{kind}'",
        "amount": f"'{amount}'",
        "order_id": "NULL",
        "payment_id": "NULL",
        "step": "1",
        "cause": "NULL" if "order_id" in expressions else "'by hand'",
        "reason": "'by hand'",
    }
    copy(ENTRIES, last.pk, **(columns | expressions))


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def refusal_of(deed: Callable[[], None]) -> str:
    """The constraint that refuses a deed, deferred ones included; empty when it goes through."""
    try:
        with transaction.atomic():
            deed()
            sql("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError as error:
        return ledger.constraint_of(error) or str(error)
    return ""


def drop(guard: str) -> None:
    """Remove one guard, trigger or constraint, for the rest of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND_GUARD, [guard, guard, guard])
        found = cursor.fetchall()
    assert len(found) == 1, f"{guard}: {found}"
    kind, table, name = found[0]
    if kind == "trigger":
        sql(f"DROP TRIGGER {name} ON {table}")
    elif kind == "index":
        sql(f"DROP INDEX {name}")
    else:
        sql(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")


_FIND_GUARD = """
    SELECT 'trigger', tgrelid::regclass::text, tgname::text FROM pg_trigger
     WHERE NOT tgisinternal AND tgname = %s
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname::text FROM pg_constraint
     WHERE contype <> 'n' AND starts_with(conname, %s)
    UNION ALL
    SELECT 'index', indrelid::regclass::text, indexrelid::regclass::text FROM pg_index
     WHERE indexrelid::regclass::text = %s
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
