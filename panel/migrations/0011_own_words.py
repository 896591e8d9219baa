from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("panel", "0010_demo_payments"),
    ]

    operations = [
        migrations.AddField(
            model_name="storefront",
            name="asks_consent",
            field=models.BooleanField(
                default=False,
                help_text="A tick on the sign-up page, with links to the published pages terms and privacy.",
                verbose_name="whoever signs up agrees to the terms",
            ),
        ),
        migrations.AddField(
            model_name="storefront",
            name="languages",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="None chosen: all of them.",
                verbose_name="languages offered",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="agreed_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="agreed to the terms"
            ),
        ),
        migrations.CreateModel(
            name="NoticeText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("completed", "An order is completed"),
                            ("money_back", "Money came back for what was not delivered"),
                            ("refilled", "A refill is finished"),
                            ("funds", "Funds were added"),
                        ],
                        max_length=10,
                    ),
                ),
                ("language", models.CharField(max_length=10)),
                ("subject", models.CharField(max_length=150)),
                ("body", models.TextField(max_length=4000)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("event", "language"), name="notice_text_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("subject", ""), _negated=True),
                            models.Q(("body", ""), _negated=True),
                        ),
                        name="notice_text_says_something",
                    ),
                ],
            },
        ),
    ]
