"""The engine room's door: a second factor where staff need one, a trail of what is changed."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from panel.backoffice import auditing
from panel.backoffice.access import SECOND_FACTORS, Staff
from panel.backoffice.rights import rights_of
from panel.models import User

ACTION_OF_FLAG = {1: "engine_room.add", 2: "engine_room.change", 3: "engine_room.delete"}
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class EngineRoom(AdminSite):
    """Every table as it is. The few that can be written here leave a line in the audit trail."""

    site_header = _("Engine room")
    site_title = _("Engine room")
    index_title = _("Everything the panel knows")

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff alone, and with a second factor where the installation asks for one."""
        if not super().has_permission(request):
            return False
        return not settings.STAFF_TWO_FACTOR or is_mfa_enabled(request.user, SECOND_FACTORS)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The panel's own log-in; who lacks only the second factor is led to where it is set."""
        if super().has_permission(request):
            return redirect("mfa_index")
        return cast(HttpResponse, secure_admin_login(super().login)(request, extra_context))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As Django's, in one transaction with the lines about what it changed."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def traced(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method in SAFE_METHODS or not request.user.is_authenticated:
                return inner(request, *args, **kwargs)
            return _traced(request, lambda: inner(request, *args, **kwargs))

        return traced


@transaction.atomic
def _traced(request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    user = cast(User, request.user)
    mine = LogEntry.objects.filter(user=user).order_by("pk")
    known = mine.values_list("pk", flat=True).last() or 0
    answer = act()
    staff = Staff(user, rights_of(user))
    for line in mine.filter(pk__gt=known).select_related("content_type"):
        subject_id = line.object_id or ""
        auditing.record(
            request,
            staff,
            ACTION_OF_FLAG[line.action_flag],
            subject=line.content_type.model if line.content_type else "",
            subject_id=int(subject_id) if subject_id.isdecimal() else 0,
            new={"row": line.object_repr, "what": line.get_change_message()},
        )
    return answer
