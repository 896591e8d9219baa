"""Services that a customer keeps at hand, and those whose changes they want to hear of."""

from django.db import models
from django.db.models.functions import Now


class ChosenService(models.Model):
    """A customer's mark on a service."""

    customer = models.ForeignKey(
        "orders.Customer", on_delete=models.CASCADE, related_name="%(class)ss", db_index=False
    )
    service = models.ForeignKey("orders.Service", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


class Favourite(ChosenService):
    """Comes first when a customer orders."""

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "service"], name="favourite_once")
        ]

    def __str__(self) -> str:
        return f"Service {self.service_id} of customer {self.customer_id}"


class Follow(ChosenService):
    """Its changes are in the customer's own updates."""

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["customer", "service"], name="follow_once")]

    def __str__(self) -> str:
        return f"Service {self.service_id}, followed by customer {self.customer_id}"
