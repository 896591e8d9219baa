"""Who can log in, and with which keys their programs do."""

from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Makes users, who log in by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **columns: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **columns)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **columns: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **columns)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class Role(models.TextChoices):
    """What somebody does for the panel; `panel.backoffice.access` says what each role may."""

    OWNER = "owner", _("Owner")
    SUPPORT = "support", _("Support")
    FINANCE = "finance", _("Finance")


class User(AbstractUser):
    """Someone who can log in. Staff are users without a customer."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    customer = models.OneToOneField(
        "orders.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="user"
    )
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True, default="")
    mail_completed = models.BooleanField(_("An order is completed"), default=False)
    mail_money_back = models.BooleanField(
        _("Money came back for what was not delivered"), default=True
    )
    mail_refilled = models.BooleanField(_("A refill is finished"), default=False)
    mail_funds = models.BooleanField(_("Funds were added"), default=True)
    agreed_at = models.DateTimeField(
        _("agreed to the terms"), null=True, blank=True, editable=False
    )
    role = models.CharField(
        _("role"),
        max_length=10,
        choices=Role.choices,
        blank=True,
        default="",
        help_text=_("Of staff in the back-office; empty: none."),
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()  # type: ignore[assignment,misc]

    def __str__(self) -> str:
        return self.email


class ApiKey(models.Model):
    """A customer's key to the API. Only its digest is kept; the key is shown once."""

    customer = models.ForeignKey(
        "orders.Customer", on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=16, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    allowed_ips = models.JSONField(
        _("allowed addresses"), default=list, blank=True, help_text=_("Empty: from anywhere.")
    )
    requests_per_minute = models.PositiveIntegerField(_("requests per minute"), default=600)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"
