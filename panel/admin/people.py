"""Who can log in, their keys, the operator's texts, and the pulse of the jobs."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangosUserAdmin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from panel.admin.reading import AnyAdmin, ReadOnlyAdmin
from panel.api import keys as api_keys
from panel.models import ApiKey, Heartbeat, News, Notice, Page, Question, Storefront, User

LOGO_MAX_BYTES = 262_144
# What a file begins with says what it is; its name does not.
LOGO_STARTS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
WEBP = (b"RIFF", b"WEBP")


@admin.register(User)
class UserAdmin(DjangosUserAdmin):  # type: ignore[type-arg]
    list_display = ("email", "customer", "is_staff", "is_active", "last_login")
    search_fields = ("email",)
    ordering = ("email",)
    raw_id_fields = ("customer",)
    fieldsets = (
        (None, {"fields": ("email", "password", "customer", "language", "time_zone")}),
        (
            gettext_lazy("Rights"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
    )
    add_fieldsets = ((None, {"fields": ("email", "password1", "password2")}),)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("prefix", "name", "customer", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("customer",)
    search_fields = ("=prefix", "=customer__id")
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self.may_change(request)

    @admin.action(description=gettext_lazy("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        for key in chosen:
            if api_keys.revoke_key(key.pk, customer_id=key.customer_id, now=timezone.now()):
                messages.success(request, _("%s was revoked.") % key)


class StorefrontForm(forms.ModelForm):  # type: ignore[type-arg]
    """The brand, with a logo to upload."""

    new_logo = forms.FileField(
        label=gettext_lazy("logo"),
        required=False,
        help_text=gettext_lazy("PNG, JPEG or WebP, at most 256 KB."),
    )

    def clean_new_logo(self) -> tuple[bytes, str] | None:
        upload = self.cleaned_data["new_logo"]
        if not upload:
            return None
        if (upload.size or 0) > LOGO_MAX_BYTES:
            raise ValidationError(_("The file is larger than 256 KB."))
        content = upload.read()
        kind = _picture_kind(content)
        if kind is None:
            raise ValidationError(_("This is neither PNG, JPEG nor WebP."))
        return content, kind


@admin.register(Storefront)
class StorefrontAdmin(AnyAdmin):
    form = StorefrontForm
    fields = (
        "name", "currency", "colour", "new_logo", "headline", "intro", "contact_email",
        "is_sign_up_open", "second_person_above",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Storefront.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = 1
        if form.cleaned_data.get("new_logo"):
            obj.logo, obj.logo_type = form.cleaned_data["new_logo"]
        super().save_model(request, obj, form, change)


@admin.register(Page)
class PageAdmin(AnyAdmin):
    list_display = ("title", "slug", "position", "is_published", "updated_at")
    prepopulated_fields = {"slug": ("title",)}


@admin.register(News)
class NewsAdmin(AnyAdmin):
    list_display = ("title", "published_at", "is_published")
    fields = ("title", "body", "is_published")


@admin.register(Question)
class QuestionAdmin(AnyAdmin):
    list_display = ("question", "position", "is_published")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("job", "ran_at", "took_ms", "done", "backlog", "oldest_due_at", "error")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "event", "subject_id", "created_at", "sent_at", "tries", "error")
    list_filter = ("event",)
    list_select_related = ("user",)
    search_fields = ("=user__email",)


def _picture_kind(content: bytes) -> str | None:
    if content.startswith(WEBP[0]) and content[8:12] == WEBP[1]:
        return "image/webp"
    return next((kind for start, kind in LOGO_STARTS.items() if content.startswith(start)), None)
