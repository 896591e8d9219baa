"""Who is let in: one decorator for every staff page.

Nobody is let in by being staff alone: a role gives rights, a second factor is asked for where
the installation wants it, and pages that move money or rights ask again who is there.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from panel.backoffice.alerts import alerts
from panel.backoffice.rights import Right, rights_of
from panel.models import User

__all__ = ["Right", "Staff", "ask_again", "rights_of", "staff_page"]

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True, slots=True)
class Staff:
    """The person at the desk, with the rights of their role."""

    user: User
    rights: frozenset[Right]

    @property
    def name(self) -> str:
        """As timelines and the book keep it."""
        return str(self.user)

    def may(self, right: Right) -> bool:
        return right in self.rights


Rest = ParamSpec("Rest")
StaffPage = Callable[Concatenate[HttpRequest, Staff, Rest], HttpResponseBase]
Page = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def staff_page(right: Right, *, fresh: bool = False) -> Callable[[StaffPage[Rest]], Page[Rest]]:
    """Hand the person to the view if they have ``right``; anybody else gets 403 or the log-in.

    ``fresh``: they must have proved within STAFF_FRESH_S that it is them.
    """

    def decorate(view: StaffPage[Rest]) -> Page[Rest]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
            staff = _let_in(request, right)
            if settings.STAFF_TWO_FACTOR and not is_mfa_enabled(staff.user, SECOND_FACTORS):
                messages.warning(request, _("Staff need a second factor. Please set one up first."))
                return redirect("mfa_index")
            if fresh:
                ask_again(request)
            request.staff = staff  # type: ignore[attr-defined]
            request.alerts = SimpleLazyObject(  # type: ignore[attr-defined]
                lambda: alerts(staff.rights)
            )
            answer = view(request, staff, *args, **kwargs)
            add_never_cache_headers(answer)
            return answer

        page.right = right  # type: ignore[attr-defined]
        return cast(Any, page)

    return decorate


def ask_again(request: HttpRequest) -> None:
    """Send people who logged in long ago through their password or key once more, then back."""
    records = get_authentication_records(request, request.user)
    latest = max((record["at"] for record in records), default=0)
    if time.time() - latest > settings.STAFF_FRESH_S:
        raise ReauthenticationRequired


def _let_in(request: HttpRequest, right: Right) -> Staff:
    user = cast(User, request.user)
    rights = rights_of(user)
    if right not in rights:
        raise PermissionDenied
    return Staff(user, rights)
