"""What must be true of what follows a payment: see ``claims``, which puts these on its list."""

# Entries of orders, the many, have an index of their own kind: what is not of orders is read alone.
# The grant of a bonus is told from its taking back by its cause, as the database does.
PAYMENTS_BACK = """
    SELECT 'payment ' || p.id,
           p.status || ', back ' || p.taken_back || ', bonus ' || p.bonus || ', of it back '
           || p.bonus_back || '; the book has ' || coalesce(book.taken, 0) || ', '
           || coalesce(book.bonus, 0) || ', ' || coalesce(book.bonus_back, 0)
      FROM orders_payment AS p
      LEFT JOIN (SELECT payment_id,
                        -sum(amount) FILTER (WHERE kind <> 'bonus') AS taken,
                        sum(amount) FILTER (WHERE kind = 'bonus' AND is_grant) AS bonus,
                        -sum(amount) FILTER (WHERE kind = 'bonus' AND NOT is_grant) AS bonus_back
                   FROM (SELECT payment_id, kind, amount,
                                cause = 'bonus:' || payment_id OR cause LIKE 'promo:%%' AS is_grant
                           FROM orders_ledgerentry
                          WHERE order_id IS NULL AND payment_id IS NOT NULL
                            AND kind <> 'top_up') AS entry
                  GROUP BY payment_id) AS book ON book.payment_id = p.id
     WHERE (p.taken_back, p.bonus, p.bonus_back) IS DISTINCT FROM
           (coalesce(book.taken, 0), coalesce(book.bonus, 0), coalesce(book.bonus_back, 0))
        OR p.taken_back < 0 OR p.taken_back > p.amount
        OR p.bonus_back < 0 OR p.bonus_back > p.bonus
        OR p.status <> 'settled' AND (p.taken_back, p.bonus) <> (0, 0)
"""
REFUNDS_OF_PAYMENTS = """
    SELECT 'refund ' || r.id, r.status || ', ' || r.amount || ' of payment ' || r.payment_id
           || coalesce(', taken ' || -taken.amount, ', not taken')
           || coalesce(', given again ' || undone.amount, '')
      FROM orders_paymentrefund AS r
      LEFT JOIN orders_ledgerentry AS taken ON taken.cause = 'paid_back:' || r.id
      LEFT JOIN orders_ledgerentry AS undone ON undone.cause = 'paid_back_undone:' || r.id
     WHERE (taken.payment_id, taken.amount) IS DISTINCT FROM (r.payment_id, -r.amount)
        OR (undone.payment_id, undone.amount) IS DISTINCT FROM
           (CASE r.status WHEN 'refused' THEN r.payment_id END,
            CASE r.status WHEN 'refused' THEN r.amount END)
    UNION ALL
    SELECT 'customer ' || e.customer_id || ', entry ' || e.number, 'is for a refund not there'
      FROM orders_ledgerentry AS e
     WHERE e.order_id IS NULL AND e.kind = 'paid_back' AND NOT EXISTS (
           SELECT FROM orders_paymentrefund AS r
            WHERE r.id = substring(e.cause from '^paid_back(?:_undone)?:([0-9]{1,18})$')::bigint
              AND r.payment_id = e.payment_id)
"""
PROMO_CODES = """
    SELECT 'promo code ' || p.id, 'counts ' || p.uses || ' uses of at most '
           || coalesce(p.uses_max::text, 'any') || ', noted are ' || coalesce(noted.uses, 0)
      FROM orders_promocode AS p
      LEFT JOIN (SELECT promo_id, count(*) AS uses FROM orders_promouse GROUP BY promo_id) AS noted
             ON noted.promo_id = p.id
     WHERE p.uses <> coalesce(noted.uses, 0) OR p.uses > p.uses_max
    UNION ALL
    SELECT 'use ' || u.id || ' of promo code ' || u.promo_id,
           'gave ' || u.given || ' for payment ' || u.payment_id || ', the book has '
           || coalesce(e.amount, 0)
      FROM orders_promouse AS u
      LEFT JOIN orders_ledgerentry AS e ON e.cause = 'promo:' || u.id
      LEFT JOIN orders_payment AS p ON p.id = u.payment_id
     WHERE p.customer_id IS DISTINCT FROM u.customer_id OR u.given <> coalesce(e.amount, 0)
        OR e.payment_id <> u.payment_id
    UNION ALL
    SELECT 'customer ' || e.customer_id || ', entry ' || e.number, e.cause || ' is not there'
      FROM orders_ledgerentry AS e
     WHERE e.order_id IS NULL AND e.kind = 'bonus' AND e.cause LIKE 'promo:%%'
       AND NOT EXISTS (SELECT FROM orders_promouse AS u
                        WHERE u.id = substring(e.cause from '^promo:([0-9]{1,18})$')::bigint)
"""
VOUCHERS = """
    SELECT 'voucher ' || v.id, 'of ' || v.amount
           || coalesce(', redeemed by customer ' || v.redeemed_by_id, ', not redeemed')
           || coalesce(', taken back ' || v.reversed_at, '') || '; the book has '
           || coalesce(given.amount, 0) || ' and ' || coalesce(back.amount, 0)
      FROM orders_voucher AS v
      LEFT JOIN orders_ledgerentry AS given ON given.cause = 'voucher:' || v.id
      LEFT JOIN orders_ledgerentry AS back ON back.cause = 'voucher_back:' || v.id
     WHERE (given.customer_id, given.amount) IS DISTINCT FROM
           (v.redeemed_by_id, CASE WHEN v.redeemed_at IS NOT NULL THEN v.amount END)
        OR (back.customer_id, back.amount) IS DISTINCT FROM
           (CASE WHEN v.reversed_at IS NOT NULL THEN v.redeemed_by_id END,
            CASE WHEN v.reversed_at IS NOT NULL THEN -v.amount END)
    UNION ALL
    SELECT 'customer ' || e.customer_id || ', entry ' || e.number, e.cause || ' is not there'
      FROM orders_ledgerentry AS e
     WHERE e.order_id IS NULL AND e.kind = 'bonus' AND e.payment_id IS NULL
       AND e.cause LIKE 'voucher%%'
       AND NOT EXISTS (
           SELECT FROM orders_voucher AS v
            WHERE v.id = substring(e.cause from '^voucher(?:_back)?:([0-9]{1,18})$')::bigint)
"""
