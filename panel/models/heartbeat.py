"""The pulse of the jobs."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """The pulse of one job, written by the worker that ran it."""

    job = models.CharField(_("job"), max_length=60, unique=True)
    first_at = models.DateTimeField(_("first run"), db_default=Now(), editable=False)
    ran_at = models.DateTimeField(_("last run"))
    took_ms = models.PositiveIntegerField(_("duration (ms)"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    backlog = models.PositiveIntegerField(_("rows due"), default=0)
    oldest_due_at = models.DateTimeField(_("oldest due row"), null=True, blank=True)
    error = models.CharField(_("last error"), max_length=500, blank=True, default="")

    class Meta:
        ordering = ["job"]
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.job
