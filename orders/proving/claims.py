"""What must be true of the book: a table of claims, each with the SQL that finds who breaks it.

Every statement answers rows of (whose, what is wrong); no row means that the claim holds. Nothing
here leans on a constraint: each sum is made anew from the entries.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from orders.proving.guards import GUARDS_MISSING
from orders.proving.moneyin import PAYMENTS_BACK, PROMO_CODES, REFUNDS_OF_PAYMENTS, VOUCHERS
from orders.proving.papers import INVOICE_NUMBERS, INVOICES


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that must hold for every row of ``about``."""

    name: str
    sentence: str
    about: str
    """The table whose rows are proven by it."""
    breakers: str

    @property
    def query(self) -> str:
        """Who breaks it, what is wrong, and how many they are; takes a limit."""
        found = f"({self.breakers}) AS broken (whose, what)"
        return f"SELECT whose, what, count(*) OVER () FROM {found} LIMIT %s"  # noqa: S608


_CHAIN = """
    SELECT 'customer ' || customer_id || ', entry ' || number,
           CASE WHEN number <> previous_number + 1 THEN 'follows number ' || previous_number
                ELSE previous_balance || ' and ' || amount || ' do not make ' || balance_after END
      FROM (SELECT customer_id, number, amount, balance_after,
                   lag(number, 1, 0) OVER by_number AS previous_number,
                   lag(balance_after, 1, 0) OVER by_number AS previous_balance
              FROM orders_ledgerentry
            WINDOW by_number AS (PARTITION BY customer_id ORDER BY number)) AS entry
     WHERE number <> previous_number + 1 OR balance_after <> previous_balance + amount
"""
_BALANCES = """
    SELECT 'customer ' || coalesce(c.id, book.customer_id),
           CASE WHEN c.id IS NULL THEN 'has entries but does not exist'
                ELSE 'balance ' || c.balance || ' after entry ' || c.last_number
                     || ', the book has ' || coalesce(book.total, 0)
                     || ' after ' || coalesce(book.entries, 0)
                     || coalesce(', the last entry says ' || last.balance_after, '') END
      FROM orders_customer AS c
      FULL JOIN (SELECT customer_id, count(*) AS entries, sum(amount) AS total
                   FROM orders_ledgerentry GROUP BY customer_id) AS book ON book.customer_id = c.id
      LEFT JOIN orders_ledgerentry AS last
             ON last.customer_id = c.id AND last.number = c.last_number
     WHERE (c.balance, c.last_number::bigint, c.balance) IS DISTINCT FROM
           (coalesce(book.total, 0), coalesce(book.entries, 0), coalesce(last.balance_after, 0))
"""
_KINDS = """
    SELECT 'customer ' || customer_id || ', entry ' || number,
           kind || ' of ' || amount || coalesce(' for order ' || order_id, '')
      FROM orders_ledgerentry
     WHERE amount = 'NaN' OR step < 1 OR NOT CASE kind
           WHEN 'charge' THEN amount <= 0 AND order_id IS NOT NULL
           WHEN 'refund' THEN amount > 0 AND order_id IS NOT NULL
           WHEN 'reversal' THEN amount < 0 AND order_id IS NOT NULL
           WHEN 'top_up' THEN amount > 0 AND order_id IS NULL AND payment_id IS NOT NULL
           WHEN 'chargeback' THEN amount < 0 AND order_id IS NULL AND payment_id IS NOT NULL
           WHEN 'restored' THEN amount > 0 AND order_id IS NULL AND payment_id IS NOT NULL
           WHEN 'paid_back' THEN amount <> 0 AND order_id IS NULL AND payment_id IS NOT NULL
           WHEN 'payout' THEN amount < 0 AND order_id IS NULL
           WHEN 'bonus' THEN order_id IS NULL
           WHEN 'opening' THEN amount <> 0 AND order_id IS NULL
           WHEN 'adjustment' THEN amount <> 0 AND order_id IS NULL AND reason <> ''
           ELSE false END
"""
_CAUSES = """
    SELECT 'customer ' || e.customer_id || ', entry ' || e.number,
           CASE WHEN (e.order_id IS NULL) = (e.cause IS NULL) THEN 'has not exactly one cause'
                WHEN e.order_id IS NOT NULL AND o.id IS NULL
                THEN 'order ' || e.order_id || ' is not there'
                WHEN e.payment_id IS NOT NULL AND p.id IS NULL
                THEN 'payment ' || e.payment_id || ' is not there'
                ELSE 'its cause belongs to customer ' || coalesce(o.customer_id, p.customer_id) END
      FROM orders_ledgerentry AS e
      LEFT JOIN orders_order AS o ON o.id = e.order_id
      LEFT JOIN orders_payment AS p ON p.id = e.payment_id
     WHERE (e.order_id IS NULL) = (e.cause IS NULL)
        OR o.customer_id IS DISTINCT FROM CASE WHEN e.order_id IS NOT NULL THEN e.customer_id END
        OR p.customer_id IS DISTINCT FROM CASE WHEN e.payment_id IS NOT NULL THEN e.customer_id END
"""
_CAUSES_ONCE = """
    SELECT 'cause ' || cause, 'has ' || count(*) || ' entries'
      FROM orders_ledgerentry WHERE cause IS NOT NULL GROUP BY cause HAVING count(*) > 1
    UNION ALL
    SELECT 'order ' || order_id, kind || ' ' || step || ' has ' || count(*) || ' entries'
      FROM orders_ledgerentry WHERE order_id IS NOT NULL
     GROUP BY order_id, kind, step HAVING count(*) > 1
"""
_CHARGES = """
    SELECT 'order ' || o.id,
           CASE WHEN o.charge <> o.rate * o.units / 1000
                THEN 'charge ' || o.charge || ' is not ' || o.rate || ' × ' || o.units || ' / 1000'
                WHEN e.id IS NULL THEN 'has no charge in the book'
                ELSE 'charge ' || o.charge || ', the book has ' || -e.amount
                     || ' of customer ' || e.customer_id END
      FROM orders_order AS o
      LEFT JOIN orders_ledgerentry AS e
             ON e.order_id = o.id AND e.kind = 'charge' AND e.step = 1
     WHERE o.charge <> o.rate * o.units / 1000
        OR (e.customer_id, e.amount) IS DISTINCT FROM (o.customer_id, -o.charge)
"""
_REFUNDS = """
    SELECT 'order ' || o.id,
           'refunded ' || o.refunded || ', metered ' || o.metered || ', the book has '
           || coalesce(book.refunded, 0) || ' and ' || coalesce(book.metered, 0)
      FROM orders_order AS o
      LEFT JOIN (SELECT order_id,
                        coalesce(sum(amount) FILTER (WHERE kind <> 'charge'), 0) AS refunded,
                        coalesce(-sum(amount) FILTER (WHERE kind = 'charge'), 0) AS metered
                   FROM orders_ledgerentry
                  WHERE order_id IS NOT NULL AND NOT (kind = 'charge' AND step = 1)
                  GROUP BY order_id) AS book ON book.order_id = o.id
     WHERE (o.refunded, o.metered) IS DISTINCT FROM
           (coalesce(book.refunded, 0), coalesce(book.metered, 0))
"""
_LIMITS = """
    SELECT 'order ' || id, 'charge ' || charge || ', metered ' || metered
           || ', refunded ' || refunded
      FROM orders_order
     WHERE charge < 0 OR metered < 0 OR refunded < 0 OR refunded > charge + metered
        OR charge > 0 AND metered > 0
"""
_PAYMENTS = """
    SELECT 'payment ' || p.id, p.status || ', ' || p.amount
           || coalesce(', credited ' || credit.total || ' by ' || credit.entries || ' entries',
                       ', not credited')
      FROM orders_payment AS p
      LEFT JOIN (SELECT payment_id, count(*) AS entries, sum(amount) AS total
                   FROM orders_ledgerentry WHERE kind = 'top_up' GROUP BY payment_id) AS credit
             ON credit.payment_id = p.id
     WHERE (credit.entries, credit.total) IS DISTINCT FROM
           (CASE p.status WHEN 'settled' THEN 1 END, CASE p.status WHEN 'settled' THEN p.amount END)
"""

CLAIMS = (
    Claim("chain", _("Every entry continues the one before it, without a gap."), "entries", _CHAIN),
    Claim("balances", _("Every balance is the last entry's, and the sum."), "customers", _BALANCES),
    Claim("kinds", _("Every entry has the sign that its kind allows."), "entries", _KINDS),
    Claim("causes", _("Every entry has one cause, of its own customer."), "entries", _CAUSES),
    Claim("causes once", _("No cause counts twice."), "entries", _CAUSES_ONCE),
    Claim("charges", _("Every order was charged rate × units, once."), "orders", _CHARGES),
    Claim("refunds", _("What orders got back, and were metered, is booked."), "orders", _REFUNDS),
    Claim("limits", _("No order got back more than it was charged."), "orders", _LIMITS),
    Claim("payments", _("Payments are settled exactly when credited."), "payments", _PAYMENTS),
    Claim("payments back", _("What went back of payments is booked."), "payments", PAYMENTS_BACK),
    Claim(
        "repaid", _("Every refund of a payment has its entry."), "repayments", REFUNDS_OF_PAYMENTS
    ),
    Claim("promo codes", _("Promo codes count and gave as booked."), "promo codes", PROMO_CODES),
    Claim("vouchers", _("Vouchers are used exactly when booked."), "vouchers", VOUCHERS),
    Claim("invoice numbers", _("Papers are numbered without a gap."), "invoices", INVOICE_NUMBERS),
    Claim("invoices", _("Papers say what each payment brought and kept."), "invoices", INVOICES),
    Claim("guards", _("Every guard of the database stands."), "guards", GUARDS_MISSING),
)
