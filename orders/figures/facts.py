"""What one entry of the book adds to which figure: one table, and the statement made of it."""

from orders.models.ledger import Kind

COLUMN_OF: dict[str, str] = {
    Kind.CHARGE: "charged",
    Kind.REFUND: "returned",
    Kind.REVERSAL: "returned",
    Kind.TOP_UP: "paid_in",
    Kind.CHARGEBACK: "paid_out",
    Kind.RESTORED: "paid_out",
    Kind.PAID_BACK: "paid_out",
    Kind.PAYOUT: "paid_out",
    Kind.BONUS: "granted",
    Kind.ADJUSTMENT: "granted",
    Kind.OPENING: "granted",
}
"""Where an entry's amount counts. So the columns together say what customers hold."""
SIGN = {"charged": "-", "returned": "", "paid_in": "", "paid_out": "-", "granted": ""}
NAMES = ("orders", "charged", "returned", "cost", "paid_in", "paid_out", "granted")
NOT_OF_ORDERS = -1
BY_HAND = 0

_COST = """
    round(CASE WHEN o.charge > 0 THEN -e.amount * o.cost / o.charge
               WHEN o.metered > 0 AND o.rate > 0
               THEN -e.amount * o.cost_rate * coalesce(p.exchange_rate, 1) / o.rate
               WHEN e.charged_order IS NOT NULL THEN o.cost
               ELSE 0 END, 8)
"""


def _amount(column: str) -> str:
    kinds = ", ".join(f"'{kind}'" for kind, its in COLUMN_OF.items() if its == column)
    return f"CASE WHEN e.kind IN ({kinds}) THEN {SIGN[column]}e.amount ELSE 0 END AS {column}"


_AMOUNTS = ", ".join(_amount(column) for column in SIGN)

# The share of the cost is rounded entry by entry: sums by day, service, provider and customer
# then agree to the last digit.
FACTS = f"""
    SELECT (e.created_at AT TIME ZONE 'UTC')::date AS day,
           date_trunc('month', e.created_at AT TIME ZONE 'UTC')::date AS month,
           0::bigint AS "all", e.customer_id AS customer,
           coalesce(o.service_id, {NOT_OF_ORDERS}) AS service,
           CASE WHEN o.id IS NULL THEN {NOT_OF_ORDERS}
                ELSE coalesce(o.provider_id, {BY_HAND}) END AS provider,
           (e.charged_order IS NOT NULL)::int AS orders, {_COST} AS cost, {_AMOUNTS}
      FROM orders_ledgerentry AS e
      LEFT JOIN orders_order AS o ON o.id = e.order_id
      LEFT JOIN providers_provider AS p ON p.id = o.provider_id
"""  # noqa: S608  (the names stand in this file)
SUMS = ", ".join(
    f"coalesce(sum({name}), 0){'::bigint' if name == 'orders' else ''}" for name in NAMES
)
