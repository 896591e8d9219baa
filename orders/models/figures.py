"""What a day brought in, rolled up from the book once the day is over."""

from django.db import models

from orders.money import MoneyField


class DayFigures(models.Model):
    """One day (UTC) of the whole panel. Written once by orders.figures, then never changed."""

    day = models.DateField(primary_key=True)
    orders = models.PositiveIntegerField(default=0)
    charged = MoneyField(default=0)
    returned = MoneyField(default=0, help_text="Refunds, less those taken back.")
    cost = MoneyField(default=0, help_text="Of what was charged and not returned.")

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.orders} orders"
