"""A provider's list becomes ours: the plan, each reading of it, and the feed of changes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.catalogue import Service
from orders.models.markup import HasMarkup


class ImportPlan(HasMarkup):
    """How a provider's list becomes ours: what is imported, at which markup, how it starts."""

    class Choice(models.TextChoices):
        NOTHING = "nothing", _("Nothing by itself")
        CHOSEN = "chosen", _("Chosen categories and services")
        ALL = "all", _("Everything")

    provider = models.OneToOneField(
        "providers.Provider", on_delete=models.CASCADE, related_name="import_plan"
    )
    choice = models.CharField(max_length=10, choices=Choice.choices, default=Choice.NOTHING)
    categories = models.JSONField(default=list, blank=True, help_text=_("Names, as listed."))
    services = models.JSONField(default=list, blank=True, help_text=_("Their service ids."))
    is_active_at_once = models.BooleanField(default=False)
    shrink_limit_percent = models.PositiveSmallIntegerField(
        default=30, help_text=_("Refuse a list that would unlist more than this share.")
    )
    price_jump_percent = models.PositiveSmallIntegerField(
        default=0, help_text=_("Hold a service whose cost changes by more; 0 reprices at once.")
    )

    def __str__(self) -> str:
        return f"Import plan of provider {self.provider_id}"


class CatalogueSync(models.Model):
    """One reading of a provider's list: what it held, what it changed, how to undo it."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("Applied")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")
        UNDONE = "undone", _("Undone")

    provider = models.ForeignKey(
        "providers.Provider", on_delete=models.CASCADE, related_name="syncs"
    )
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.TextField(blank=True, default="")
    listed = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text=_("created, changed, gone, back, skipped …"))
    skipped = models.JSONField(default=list, help_text=_("Rows that were not understood, capped."))
    kept_list = models.JSONField(null=True, help_text=_("The refused list, for inspection."))
    undo = models.JSONField(null=True, help_text=_("What was there before."))
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Sync {self.pk} of provider {self.provider_id}: {self.outcome}"


class CatalogueImport(models.Model):
    """Services that staff made from offers in one go, so that it can be taken back."""

    provider = models.ForeignKey(
        "providers.Provider", on_delete=models.CASCADE, related_name="imports"
    )
    at = models.DateTimeField()
    is_active = models.BooleanField(help_text=_("Whether they were put on sale at once."))
    markup = models.JSONField(default=dict, help_text=_("Of these services alone, as texts."))
    services = models.JSONField(default=list, help_text=_("The ids that were made."))
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Import {self.pk} from provider {self.provider_id}"


class CatalogueChange(models.Model):
    """One line of the public feed of changes."""

    class Kind(models.TextChoices):
        NEW = "new", _("New")
        GONE = "gone", _("No longer available")
        BACK = "back", _("Available again")
        RATE_UP = "rate_up", _("Rate raised")
        RATE_DOWN = "rate_down", _("Rate lowered")
        LIMITS = "limits", _("Limits changed")

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="changes")
    sync = models.ForeignKey(CatalogueSync, on_delete=models.SET_NULL, null=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    old = models.CharField(max_length=60, blank=True, default="")
    new = models.CharField(max_length=60, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["-at", "-id"], name="change_by_time")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.kind}: {self.old} → {self.new}"
