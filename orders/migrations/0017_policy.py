"""Rules about what is not taken as an order; the database renews their mark with every change."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

TRIGGERS = """
CREATE FUNCTION orders_renew_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_policyedition (id, mark) VALUES (1, gen_random_uuid())
        ON CONFLICT (id) DO UPDATE SET mark = excluded.mark;
    RETURN NULL;
END $$;
CREATE TRIGGER policy_rule_renews_mark
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON orders_policyrule
    FOR EACH STATEMENT EXECUTE FUNCTION orders_renew_policy();
"""
UNDO = """
DROP TRIGGER policy_rule_renews_mark ON orders_policyrule;
DROP FUNCTION orders_renew_policy();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0016_rolled_figures"),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyEdition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mark", models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name="PolicyRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("host", "Website, with its subdomains"),
                            ("link_part", "Link contains"),
                            ("link_pattern", "Link looks like (* stands for anything)"),
                            ("word", "Whole word in any text or link"),
                            ("word_part", "Part of any text or link"),
                            ("service", "Every order of the service"),
                            ("category", "Every order in the category"),
                        ],
                        max_length=12,
                        verbose_name="looks at",
                    ),
                ),
                (
                    "value",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="value"),
                ),
                (
                    "message",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=300,
                        verbose_name="message to the customer",
                    ),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True, default="", max_length=300, verbose_name="note for the staff"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in force")),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="policy_rules",
                        to="orders.category",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="policy_rules",
                        to="orders.service",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="PolicyTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("refused", models.PositiveIntegerField(default=0)),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tallies",
                        to="orders.policyrule",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="policyrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "service"), ("service__isnull", False), ("value", "")),
                    models.Q(("category__isnull", False), ("kind", "category"), ("value", "")),
                    models.Q(
                        models.Q(("kind__in", ("service", "category")), _negated=True),
                        models.Q(("value", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="policy_rule_fits_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("service__isnull", True), ("category__isnull", True), _connector="OR"
                ),
                name="policy_rule_one_scope",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyrule",
            constraint=models.UniqueConstraint(
                fields=("kind", "value", "service", "category"),
                name="policy_rule_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="policytally",
            constraint=models.UniqueConstraint(fields=("rule", "day"), name="policy_tally_once"),
        ),
        migrations.RunSQL(TRIGGERS, UNDO),
    ]
