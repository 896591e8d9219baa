"""Who can log in, their keys, the operator's texts, and the pulse of the jobs."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangosUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from panel.admin.reading import ReadOnlyAdmin
from panel.api import keys as api_keys
from panel.models import ApiKey, Heartbeat, News, Notice, Page, Question, Storefront, User


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
        return bool(request.user.has_perm("panel.change_apikey"))

    @admin.action(description=gettext_lazy("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        for key in chosen:
            if api_keys.revoke_key(key.pk, customer_id=key.customer_id, now=timezone.now()):
                self.log_change(request, key, [{"changed": {"fields": ["revoked_at"]}}])
                messages.success(request, _("%s was revoked.") % key)


@admin.register(Storefront)
class StorefrontAdmin(ReadOnlyAdmin):
    list_display = ("name", "currency", "is_sign_up_open")
    exclude = ("logo",)


@admin.register(Page)
class PageAdmin(ReadOnlyAdmin):
    list_display = ("title", "slug", "position", "is_published", "updated_at")


@admin.register(News)
class NewsAdmin(ReadOnlyAdmin):
    list_display = ("title", "published_at", "is_published")


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin):
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
