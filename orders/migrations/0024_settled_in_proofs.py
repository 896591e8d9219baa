from django.db import migrations

import orders.money


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0023_reckoned_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="bookproof",
            name="settled",
            field=orders.money.MoneyField(
                decimal_places=8,
                default=0,
                help_text="The sum of all settled payments.",
                max_digits=24,
            ),
        ),
    ]
