from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0024_settled_in_proofs"),
    ]

    operations = [
        migrations.AddField(
            model_name="seller",
            name="swept_at",
            field=models.DateTimeField(
                editable=False, help_text="When all payments were looked at last.", null=True
            ),
        ),
    ]
