"""After how many hours an order that could not be sent is paid back; not at all unless set."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("providers", "0005_timeout_within_a_task")]
    operations = [
        migrations.AddField(
            model_name="provider",
            name="give_up_after_h",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: orders wait until they can be sent.",
                null=True,
                verbose_name="hours after which a waiting order is paid back",
            ),
        ),
        migrations.AddConstraint(
            model_name="provider",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("give_up_after_h", None),
                    models.Q(("give_up_after_h__gte", 1), ("give_up_after_h__lte", 2160)),
                    _connector="OR",
                ),
                name="provider_gives_up_in_range",
            ),
        ),
    ]
