"""A book of a million entries, loaded past the guards, and how long its proof takes."""
# ruff: noqa: S608  (the names stand in this file)

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction

from orders.models import Customer, Order, Payment
from orders.proving import prove
from tests import make
from tests.bench.ladder import Rung

CUSTOMERS = 20_000
ORDERS = 30  # of each customer
REFUNDS = 19  # of each customer; with the top-up, 50 entries
ENTRIES = CUSTOMERS * (1 + ORDERS + REFUNDS)
PAID, CHARGE, REFUND = Decimal(1000), Decimal("1.2"), Decimal("0.3")
TARGET_S = 30.0

CUSTOMER_ROWS = f"generate_series(1, {CUSTOMERS}) AS g"
ORDER_ROWS = f"{CUSTOMER_ROWS}, generate_series(1, {ORDERS}) AS k"
REFUND_ROWS = f"{CUSTOMER_ROWS}, generate_series(1, {REFUNDS}) AS k"

_SEQUENCES = [
    f"SELECT setval(pg_get_serial_sequence('orders_{name}', 'id'), max(id)) FROM orders_{name}"
    for name in ("customer", "payment", "order")
]


def load() -> None:
    """Write ENTRIES entries with their customers, orders and payments, as the guards would."""
    template = make.placed(service=make.service(rate="1.2"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL statement_timeout = 0")
        for statement in _statements(template):
            cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE orders_ledgerentry, orders_order, orders_customer")
        cursor.execute("RESET statement_timeout")


def proof() -> Rung:
    """Prove the book; it must be sound, or the loading was wrong."""
    done = prove()
    broken = [claim.examples[:3] for claim in done.claims if claim.broken]
    if broken:
        raise AssertionError(f"The loaded book is damaged: {broken}")
    seconds = done.took_ms / 1000
    entries = done.rows("entries")
    speed = f"{entries / seconds:,.0f} entries/s"
    name = f"proof of {entries:,} entries"
    return Rung(name, f"{seconds:.1f} s", speed, None, f"≤ {TARGET_S:.0f} s", seconds <= TARGET_S)


@dataclass(frozen=True, slots=True)
class _Ids:
    """The ids of what is loaded, as SQL: customers are g, their orders k."""

    customer: str
    order: str
    payment: str


def _statements(template: Order) -> list[str]:
    ids = _Ids(
        customer=f"{Customer.objects.latest('id').pk} + g",
        order=f"{Order.objects.latest('id').pk} + (g - 1) * {ORDERS} + k",
        payment=f"{Payment.objects.latest('id').pk} + g",
    )
    return [*_rows(template, ids), *_entries_of_all(ids), *_SEQUENCES]


def _rows(template: Order, ids: _Ids) -> list[str]:
    left = PAID - CHARGE * ORDERS + REFUND * REFUNDS
    payment = Payment.objects.get(customer_id=template.customer_id)
    return [
        _many(
            "orders_customer", template.customer_id, CUSTOMER_ROWS, id=ids.customer,
            name="'bench ' || g", balance=str(left), last_number=str(1 + ORDERS + REFUNDS),
        ),
        _many(
            "orders_payment", payment.pk, CUSTOMER_ROWS, id=ids.payment, customer_id=ids.customer,
            reference="'bench ' || g", amount=str(PAID), token="gen_random_uuid()",
        ),
        _many(
            "orders_order", template.pk, ORDER_ROWS, id=ids.order, customer_id=ids.customer,
            link="'https://example.com/' || g || '/' || k", due_at="NULL",
            closed_at="t.created_at", refunded=f"CASE WHEN k <= {REFUNDS} THEN {REFUND} ELSE 0 END",
            status=f"CASE WHEN k <= {REFUNDS} THEN 'partial' ELSE 'completed' END",
        ),
    ]  # fmt: skip


def _entries_of_all(ids: _Ids) -> list[str]:
    spent = PAID - CHARGE * ORDERS
    return [
        _entries(
            CUSTOMER_ROWS, ids.customer, number="1", kind="'top_up'", amount=str(PAID),
            order_id="NULL", after=str(PAID), payment_id=ids.payment,
            cause=f"'payment:' || ({ids.payment})",
        ),
        _entries(
            ORDER_ROWS, ids.customer, number="1 + k", kind="'charge'", amount=f"-{CHARGE}",
            order_id=ids.order, after=f"{PAID} - k * {CHARGE}",
        ),
        _entries(
            REFUND_ROWS, ids.customer, number=f"1 + {ORDERS} + k", kind="'refund'",
            amount=str(REFUND), order_id=ids.order, after=f"{spent} + k * {REFUND}",
        ),
    ]  # fmt: skip


def _many(table: str, template: int, rows: str, **expressions: str) -> str:
    """Copies of a row, one for each of ``rows``, in which some columns differ."""
    names = _columns(table)
    values = [expressions.get(name, f"t.{name}") for name in names]
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)}"
        f" FROM {table} AS t, {rows} WHERE t.id = {template}"
    )


def _entries(
    rows: str,
    customer: str,
    *,
    number: str,
    kind: str,
    amount: str,
    order_id: str,
    after: str,
    payment_id: str = "NULL",
    cause: str = "NULL",
) -> str:
    return (
        "INSERT INTO orders_ledgerentry (customer_id, number, kind, amount, balance_after,"
        " order_id, step, payment_id, cause, actor, reason)"
        f" SELECT {customer}, {number}, {kind}, {amount}, {after}, {order_id}, 1, {payment_id},"
        f" {cause}, '', '' FROM {rows}"
    )


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]
