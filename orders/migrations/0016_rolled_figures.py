"""Figures by service, provider and customer as well. Those known so far are reckoned anew."""

from django.db import migrations, models

import orders.money

MONEY = ("charged", "returned", "cost", "paid_in", "paid_out", "granted")
HELP = {
    "returned": "Refunds, less those taken back.",
    "cost": "Of what was charged and not returned.",
    "paid_out": "Chargebacks, payouts and what was paid back.",
    "granted": "Bonuses, adjustments and opening balances.",
}


def money(name):
    text = HELP.get(name)
    extra = {"help_text": text} if text else {}
    return orders.money.MoneyField(decimal_places=8, default=0, max_digits=24, **extra)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0015_payments"),
    ]

    operations = [
        migrations.CreateModel(
            name="RolledFigures",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "part",
                        "span",
                        "since",
                        "subject",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("all", "Panel"),
                            ("service", "Service"),
                            ("provider", "Provider"),
                            ("customer", "Customer"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "span",
                    models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5),
                ),
                ("since", models.DateField(help_text="The first day of the span.")),
                (
                    "subject",
                    models.BigIntegerField(
                        help_text="An id; 0 for the panel and what staff deliver."
                    ),
                ),
                ("orders", models.BigIntegerField(default=0)),
                *((name, money(name)) for name in MONEY),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("span", "day")),
                        fields=["part", "subject", "since"],
                        name="figures_of_subject",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RolledUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("until", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="rolled_up_once")
                ],
            },
        ),
        migrations.DeleteModel(name="DayFigures"),
    ]
