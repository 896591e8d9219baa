import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0022_promo_terms_stay"),
    ]

    operations = [
        migrations.AddField(
            model_name="providerday",
            name="reckoned_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
    ]
