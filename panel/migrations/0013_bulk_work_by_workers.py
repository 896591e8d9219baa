"""Bulk work goes on without a page, about wishes as well as orders."""

from django.db import migrations, models

UNDER_WAY = models.Q(is_started=True, is_stopped=False, position__lt=models.F("length"))
SUBJECTS = [("order", "Order"), ("refill", "Refill"), ("cancel", "Wish to cancel")]


class Migration(migrations.Migration):
    dependencies = [("panel", "0012_customers_from_files")]

    operations = [
        migrations.RenameField("bulkwork", "orders", "chosen"),
        migrations.AlterField(
            "bulkwork",
            "chosen",
            models.JSONField(help_text="[id, refund as shown] of each."),
        ),
        migrations.AlterField(
            "bulkwork",
            "problems",
            models.JSONField(default=list, help_text="[order's id, text], the first ones."),
        ),
        migrations.AddField(
            "bulkwork",
            "subject",
            models.CharField(max_length=6, choices=SUBJECTS, default="order"),
        ),
        migrations.AddField(
            "bulkwork",
            "address",
            models.GenericIPAddressField(null=True, help_text="From where it was confirmed."),
        ),
        migrations.AddField(
            "bulkwork", "language", models.CharField(max_length=10, blank=True, default="")
        ),
        migrations.AddField(
            "bulkwork",
            "is_stopped",
            models.BooleanField(default=False, help_text="The rest is left as it is."),
        ),
        migrations.AddField(
            "bulkwork",
            "claimed_until",
            models.DateTimeField(null=True, help_text="A worker has it until then."),
        ),
        migrations.AddField("bulkwork", "started_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "bulkwork",
            models.Index(fields=["id"], condition=UNDER_WAY, name="bulk_under_way"),
        ),
    ]
