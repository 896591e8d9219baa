"""What must be true of invoices: see `claims`, which puts these on its list."""

# Each number of a year is on a paper or in a line of lost ones, and the year counts them all.
INVOICE_NUMBERS = """
    WITH given AS (
        SELECT kind, year, number AS first, number AS last FROM orders_invoice
        UNION ALL
        SELECT kind, year, first, last FROM orders_lostnumbers)
    SELECT kind || ' ' || year || ', number ' || first,
           CASE WHEN first <> previous + 1 THEN 'follows number ' || previous
                ELSE 'is the last, the year counts ' || coalesce(last_number, 0) END
      FROM (SELECT g.kind, g.year, g.first, g.last, s.last_number,
                   lag(g.last, 1, 0) OVER by_number AS previous,
                   lead(g.first) OVER by_number AS next_number
              FROM given AS g
              LEFT JOIN orders_invoiceseries AS s ON s.kind = g.kind AND s.year = g.year
            WINDOW by_number AS (PARTITION BY g.kind, g.year ORDER BY g.first)) AS paper
     WHERE first <> previous + 1 OR next_number IS NULL AND last_number IS DISTINCT FROM last
    UNION ALL
    SELECT kind || ' ' || year, 'counts ' || last_number || ' papers that are not there'
      FROM orders_invoiceseries AS s
     WHERE NOT EXISTS (SELECT FROM given AS g WHERE g.kind = s.kind AND g.year = s.year)
"""

# The clock that writes papers has a day's time: before, a payment without one is no damage.
INVOICES = """
    SELECT 'payment ' || p.id,
           'kept ' || p.amount - p.taken_back || ', its papers say ' || coalesce(told.covers, 0)
      FROM orders_payment AS p
      LEFT JOIN (SELECT payment_id, sum(covers) AS covers
                   FROM orders_invoice GROUP BY payment_id) AS told ON told.payment_id = p.id
      LEFT JOIN (SELECT payment_id, max(created_at) AS at FROM orders_ledgerentry
                  WHERE kind IN ('chargeback', 'restored', 'paid_back')
                  GROUP BY payment_id) AS back ON back.payment_id = p.id
     WHERE p.status = 'settled' AND coalesce(told.covers, 0) <> p.amount - p.taken_back
       AND (told.payment_id IS NOT NULL
            OR p.settled_at >= (SELECT invoices_from FROM orders_seller))
       AND greatest(p.settled_at, back.at) < transaction_timestamp() - interval '1 day'
    UNION ALL
    SELECT 'invoice ' || i.id,
           CASE WHEN i.net + i.tax <> i.gross
                THEN i.net || ' and ' || i.tax || ' do not make ' || i.gross
                ELSE 'is for payment ' || i.payment_id || ' of customer '
                     || coalesce(p.customer_id::text, '?') || ', ' || coalesce(p.status, '?') END
      FROM orders_invoice AS i
      LEFT JOIN orders_payment AS p ON p.id = i.payment_id
     WHERE i.net + i.tax <> i.gross
        OR (p.status, p.customer_id) IS DISTINCT FROM ('settled', i.customer_id)
"""
