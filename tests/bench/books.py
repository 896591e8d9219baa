"""A book of a million entries, loaded past the guards, and how long its proof takes."""
# ruff: noqa: S608  (the names stand in this file)

from dataclasses import dataclass
from decimal import Decimal

from orders.models import Customer, Order, Payment
from orders.proving import prove
from tests import make
from tests.bench.ladder import Rung
from tests.bench.rows import many, past_the_guards, run, sequence, settle_down

CUSTOMERS = 20_000
ORDERS = 30  # of each customer
REFUNDS = 19  # of each customer; with the top-up, 50 entries
ENTRIES = CUSTOMERS * (1 + ORDERS + REFUNDS)
PAID, CHARGE, REFUND = Decimal(1000), Decimal("1.2"), Decimal("0.3")
TARGET_S = 30.0

CUSTOMER_ROWS = f"generate_series(1, {CUSTOMERS}) AS g"
ORDER_ROWS = f"{CUSTOMER_ROWS}, generate_series(1, {ORDERS}) AS k"
REFUND_ROWS = f"{CUSTOMER_ROWS}, generate_series(1, {REFUNDS}) AS k"

_SEQUENCES = [sequence(f"orders_{name}") for name in ("customer", "payment", "order")]


def load() -> None:
    """Write ENTRIES entries with their customers, orders and payments, as the guards would."""
    template = make.placed(service=make.service(rate="1.2"))
    with past_the_guards():
        run(_statements(template))
    settle_down("orders_ledgerentry", "orders_order", "orders_customer")


def proof(*, target_s: float = TARGET_S) -> Rung:
    """Prove the book; it must be sound, or the loading was wrong."""
    done = prove()
    broken = [claim.examples[:3] for claim in done.claims if claim.broken]
    if broken:
        raise AssertionError(f"The loaded book is damaged: {broken}")
    seconds = done.took_ms / 1000
    entries = done.rows("entries")
    speed = f"{entries / seconds:,.0f} entries/s"
    name = f"proof of {entries:,} entries"
    return Rung(name, f"{seconds:.1f} s", speed, None, f"≤ {target_s:.0f} s", seconds <= target_s)


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
        many(
            "orders_customer", template.customer_id, CUSTOMER_ROWS, id=ids.customer,
            name="'bench ' || g", balance=str(left), last_number=str(1 + ORDERS + REFUNDS),
        ),
        many(
            "orders_payment", payment.pk, CUSTOMER_ROWS, id=ids.payment, customer_id=ids.customer,
            reference="'bench ' || g", amount=str(PAID), token="gen_random_uuid()",
        ),
        many(
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
