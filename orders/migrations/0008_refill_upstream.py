from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_undone_at")]

    operations = [
        migrations.AddIndex(
            model_name="refill",
            index=models.Index(
                condition=models.Q(("upstream_id__isnull", False)),
                fields=["upstream_id"],
                name="refill_upstream",
            ),
        ),
    ]
