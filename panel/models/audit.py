"""What staff did: appended by the back-office, refused any change by the database."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

REASON_MAX = 500


class AuditEntry(models.Model):
    """One change by one person: what it was before, what it is now, and why."""

    at = models.DateTimeField(_("time"), db_default=Now())
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="audit", db_index=False
    )
    actor = models.CharField(_("person"), max_length=254, help_text=_("The name at that time."))
    address = models.GenericIPAddressField(_("address"), null=True)
    action = models.CharField(_("action"), max_length=40)
    subject = models.CharField(_("subject"), max_length=30, help_text=_("order, staff, provider …"))
    subject_id = models.BigIntegerField(_("its id"))
    old = models.JSONField(_("before"), default=dict)
    new = models.JSONField(_("after"), default=dict)
    reason = models.CharField(_("reason"), max_length=REASON_MAX, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        indexes = [
            models.Index(fields=["user", "-id"], name="audit_by_user"),
            models.Index(fields=["subject", "subject_id", "-id"], name="audit_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject} {self.subject_id}"
