"""Entries cost less: their longest rule is a function, and two indexes that nobody asked are gone.

A condition that is written out is read anew for every statement that inserts; a function is read
once for a connection. The rule is the same.
"""

import django.db.models.deletion
from django.db import migrations, models

FITS = """
CREATE FUNCTION orders_entry_fits(kind text, amount numeric, order_id bigint, payment_id bigint)
    RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF order_id IS NOT NULL THEN
        RETURN CASE kind WHEN 'charge' THEN amount <= 0
                         WHEN 'refund' THEN amount > 0
                         WHEN 'reversal' THEN amount < 0
                         ELSE false END;
    END IF;
    RETURN CASE kind WHEN 'top_up' THEN amount > 0 AND payment_id IS NOT NULL
                     WHEN 'chargeback' THEN amount < 0 AND payment_id IS NOT NULL
                     WHEN 'restored' THEN amount > 0 AND payment_id IS NOT NULL
                     WHEN 'paid_back' THEN amount <> 0 AND payment_id IS NOT NULL
                     WHEN 'payout' THEN amount < 0
                     WHEN 'bonus' THEN true
                     WHEN 'adjustment' THEN amount <> 0
                     WHEN 'opening' THEN amount <> 0
                     ELSE false END;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0027_released_by_two")]
    operations = [
        migrations.RemoveConstraint(
            model_name="ledgerentry", name="entry_kind_fits_sign_and_order"
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="cause",
            field=models.CharField(
                help_text="What it is for, where no order is: no cause counts twice.",
                max_length=100,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="payment",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="orders.payment",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(payment__isnull=False),
                fields=["payment"],
                name="entry_of_payment",
            ),
        ),
        migrations.RunSQL(FITS, "DROP FUNCTION orders_entry_fits(text, numeric, bigint, bigint)"),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Func(
                    models.F("kind"),
                    models.F("amount"),
                    models.F("order"),
                    models.F("payment"),
                    function="orders_entry_fits",
                    output_field=models.BooleanField(),
                ),
                name="entry_kind_fits_sign_and_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                fields=("cause",), name="orders_ledgerentry_cause_key"
            ),
        ),
    ]
