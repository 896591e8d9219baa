"""The guards that hold the book while nobody looks: a proof sees that all of them stand."""

from types import MappingProxyType

TRIGGERS = MappingProxyType(
    {
        "orders_ledgerentry": ("entry_moves_balance", "entry_is_kept", "entries_are_kept"),
        "orders_customer": (
            "balance_moves_by_entry",
            "balance_starts_at_zero",
            "customer_is_kept",
        ),
        "orders_order": (
            "order_money_moves_by_entry",
            "order_money_starts_at_zero",
            "order_is_kept",
            "canceled_is_final",
        ),
        "orders_payment": (
            "payment_settles_by_entry",
            "payment_moves_by_entry",
            "payment_starts_open",
            "payment_is_kept",
        ),
        "orders_paymentrefund": ("refund_stays_as_asked", "refund_is_kept"),
        "orders_promocode": ("promo_uses_by_use", "promo_starts_unused", "promo_terms_stay"),
        "orders_promouse": (
            "promo_use_counts",
            "promo_use_of_customer",
            "promo_given_by_entry",
            "promo_use_starts_open",
            "promo_use_is_kept",
        ),
        "orders_voucher": ("voucher_moves_by_entry", "voucher_starts_unused", "voucher_is_kept"),
        "orders_orderevent": ("event_is_kept", "events_are_kept"),
        "orders_invoice": (
            "invoice_numbers_itself",
            "invoice_continues_previous",
            "invoice_is_kept",
            "invoices_are_kept",
        ),
        "orders_invoiceseries": ("series_counts_by_invoice", "series_are_kept"),
        "orders_lostnumbers": (
            "lost_numbers_count",
            "lost_numbers_continue_previous",
            "lost_number_is_kept",
            "lost_numbers_are_kept",
        ),
    }
)
CONSTRAINTS = MappingProxyType(
    {
        "orders_ledgerentry": (
            "entry_continues_previous",
            "entry_first_from_zero",
            "entry_number_once",
            "entry_balance_once",
            "entry_charge_once",
            "entry_once_per_order_step",
            "entry_steps_from_one",
            "entry_has_one_cause",
            "entry_kind_fits_sign_and_order",
            "entry_adjustment_has_reason",
            "entry_amount_is_number",
            "orders_ledgerentry_cause_key",
        ),
        "orders_customer": (
            "customer_balance_is_last_entry",
            "customer_starts_with_nothing",
            "customer_credit_limit_positive",
            "customer_credit_limit_is_number",
        ),
        "orders_order": (
            "order_has_its_charge",
            "order_charge_is_rate_by_units",
            "order_charged_or_metered",
            "order_refunded_within_charge",
        ),
        "orders_payment": (
            "payment_amount_positive",
            "payment_amount_is_number",
            "payment_reference_once",
            "payment_token_once",
            "payment_terms_range",
            "payment_taken_back_within_amount",
            "payment_bonus_back_within_bonus",
            "payment_moves_once_settled",
            "payment_status_in_table",
        ),
        "orders_paymentrefund": (
            "payment_refund_token_once",
            "payment_refund_positive",
            "payment_refund_status_in_table",
        ),
        "orders_promocode": (
            "promo_digest_once",
            "promo_gives_one_thing",
            "promo_min_amount_range",
            "promo_most_range",
            "promo_released_first",
            "promo_uses_within_max",
        ),
        "orders_promouse": ("promo_given_range",),
        "orders_voucher": (
            "voucher_digest_once",
            "voucher_amount_range",
            "voucher_redeemed_by_and_at",
            "voucher_reversed_after_redeemed",
        ),
        "orders_invoice": (
            "invoice_numbers_from_one",
            "invoice_number_once",
            "invoice_step_once",
            "invoice_net_and_tax_make_gross",
            "invoice_kind_fits_sign",
            "invoice_amounts_are_numbers",
        ),
        "orders_invoiceseries": ("invoice_series_once",),
        "orders_lostnumbers": ("lost_numbers_once", "lost_numbers_in_order"),
    }
)


def _rows(guards: MappingProxyType[str, tuple[str, ...]]) -> str:
    return ", ".join(f"('{table}', '{name}')" for table, names in guards.items() for name in names)


COUNT = sum(len(names) for guards in (TRIGGERS, CONSTRAINTS) for names in guards.values())

# NOT ENFORCED exists from PostgreSQL 18 on; read as JSON, older servers simply have no such key.
GUARDS_MISSING = f"""
    SELECT 'trigger ' || g.name, 'is not on ' || g.relation || ', or switched off'
      FROM (VALUES {_rows(TRIGGERS)}) AS g (relation, name)
     WHERE NOT EXISTS (SELECT FROM pg_trigger AS t
                        WHERE t.tgrelid = g.relation::regclass AND t.tgname = g.name
                          AND t.tgenabled IN ('O', 'A'))
    UNION ALL
    SELECT 'constraint ' || g.name, 'is not on ' || g.relation || ', or not enforced'
      FROM (VALUES {_rows(CONSTRAINTS)}) AS g (relation, name)
     WHERE NOT EXISTS (SELECT FROM pg_constraint AS c
                        WHERE c.conrelid = g.relation::regclass AND c.conname = g.name
                          AND c.convalidated
                          AND coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true))
"""  # noqa: S608  (names from the tables above)
