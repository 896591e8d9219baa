from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("panel", "0017_pieces_of_all_kinds")]

    operations = [
        migrations.AddField(
            model_name="bulkwork",
            name="back",
            field=models.TextField(
                blank=True, default="", help_text="The list it was chosen from."
            ),
        ),
    ]
