"""A refill knows its customer, so that their list is found by an index. The database writes it."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
CREATE FUNCTION orders_refill_of_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT customer_id INTO NEW.customer_id FROM orders_order WHERE id = NEW.order_id;
    RETURN NEW;
END $$;
CREATE TRIGGER refill_of_customer BEFORE INSERT OR UPDATE OF order_id, customer_id
    ON orders_refill FOR EACH ROW EXECUTE FUNCTION orders_refill_of_customer();
UPDATE orders_refill SET customer_id = NULL;
-- The checks of foreign keys are still to come, and a table cannot be altered before them.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""
UNFILL = """
DROP TRIGGER refill_of_customer ON orders_refill;
DROP FUNCTION orders_refill_of_customer();
"""


def _customer(**columns):
    return models.ForeignKey(
        "orders.Customer",
        on_delete=django.db.models.deletion.PROTECT,
        related_name="refills",
        db_index=False,
        editable=False,
        help_text="The order's; written by the database.",
        **columns,
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_mass_orders_and_times")]

    operations = [
        migrations.AddField("refill", "customer", _customer(null=True)),
        migrations.RunSQL(FILL, UNFILL),
        migrations.AlterField("refill", "customer", _customer()),
        migrations.AddIndex(
            "refill", models.Index(fields=["customer", "-id"], name="refill_by_customer")
        ),
    ]
