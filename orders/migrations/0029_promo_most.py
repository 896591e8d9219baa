"""A promo code that gives a percentage has a most for each payment; it stays as it was made."""

from decimal import Decimal

from django.db import migrations, models

import orders.money

TERMS_STAY = """
DROP TRIGGER promo_terms_stay ON orders_promocode;
CREATE TRIGGER promo_terms_stay BEFORE UPDATE ON orders_promocode FOR EACH ROW
    WHEN ((OLD.digest, OLD.percent, OLD.fixed, OLD.min_amount, OLD.most) IS DISTINCT FROM
          (NEW.digest, NEW.percent, NEW.fixed, NEW.min_amount, NEW.most))
    EXECUTE FUNCTION orders_refuse('promo_terms_stay', 'What a promo code gives stays.');
"""
AS_BEFORE = """
DROP TRIGGER promo_terms_stay ON orders_promocode;
CREATE TRIGGER promo_terms_stay BEFORE UPDATE ON orders_promocode FOR EACH ROW
    WHEN ((OLD.digest, OLD.percent, OLD.fixed, OLD.min_amount) IS DISTINCT FROM
          (NEW.digest, NEW.percent, NEW.fixed, NEW.min_amount))
    EXECUTE FUNCTION orders_refuse('promo_terms_stay', 'What a promo code gives stays.');
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0028_lighter_entries")]

    operations = [
        migrations.AddField(
            model_name="promocode",
            name="most",
            field=orders.money.MoneyField(
                blank=True,
                decimal_places=8,
                help_text="Of a percentage, for each payment.",
                max_digits=24,
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="promocode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("most__isnull", True),
                    models.Q(("most__gt", 0), ("most__lte", Decimal(10**9)), ("percent__gt", 0)),
                    _connector="OR",
                ),
                name="promo_most_range",
            ),
        ),
        migrations.RunSQL(TERMS_STAY, AS_BEFORE),
    ]
