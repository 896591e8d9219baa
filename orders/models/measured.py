"""How quickly a service was delivered lately: figures that are measured, never promised."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ServiceTimes(models.Model):
    """The latest orders of one service, summed up. Written by orders.measuring alone."""

    service = models.OneToOneField(
        "orders.Service", on_delete=models.CASCADE, primary_key=True, related_name="times"
    )
    start_median = models.DurationField(null=True, help_text=_("Half of them had started."))
    start_most = models.DurationField(null=True, help_text=_("Nine of ten had started."))
    finish_median = models.DurationField(null=True, help_text=_("Half of them were complete."))
    finish_most = models.DurationField(null=True, help_text=_("Nine of ten were complete."))
    completed = models.PositiveIntegerField()
    ended = models.PositiveIntegerField()
    measured_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["measured_at"], name="times_by_age")]

    def __str__(self) -> str:
        return f"Times of service {self.service_id}"

    @property
    def share(self) -> int | None:
        """Percent of the ended orders that were completed."""
        return 100 * self.completed // self.ended if self.ended else None
