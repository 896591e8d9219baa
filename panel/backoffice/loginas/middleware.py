"""During a look nothing is changed: whatever is not known to be harmless is refused."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from panel.backoffice.loginas import doors
from panel.backoffice.loginas.marks import Look, look_of
from panel.backoffice.rights import Right, rights_of

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
HARMLESS = frozenset({"quote", "leave_customer", "account_logout"})
"""Addresses that may be sent something: they reckon, or they end the look."""
ENTRANCES = "account/"
"""Passwords, second factors, passkeys, sessions: not even looked at."""
FILES = ("_csv", "_pdf")
"""What takes data along wants the right to export."""


class LookingMiddleware:
    """Puts the look on the request, ends it in time, and refuses what could change anything."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        look = look_of(request)
        request.looking = look  # type: ignore[attr-defined]
        if look is not None and (look.is_over or not request.user.is_authenticated):
            return _sent_back(request, look)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        look: Look | None = request.looking  # type: ignore[attr-defined]
        if look is None:
            return None
        is_let = _is_let(request, look)
        if request.method not in SAFE_METHODS:
            doors.note(request, look, doors.SENT, address=request.path, refused=not is_let)
        if not is_let:
            return render(request, "parts/only_looking.html", status=403)
        if _name(request) == "account_logout" and request.method == "POST":
            doors.note(request, look, doors.ENDED)
        return None


def _is_let(request: HttpRequest, look: Look) -> bool:
    name = _name(request)
    if name in HARMLESS:
        return True
    if request.method not in SAFE_METHODS or _route(request).startswith(ENTRANCES):
        return False
    if name.endswith(FILES):
        return look.staff is not None and Right.EXPORT in rights_of(look.staff)
    return True


def _name(request: HttpRequest) -> str:
    return (request.resolver_match and request.resolver_match.url_name) or ""


def _route(request: HttpRequest) -> str:
    return (request.resolver_match and request.resolver_match.route) or ""


def _sent_back(request: HttpRequest, look: Look) -> HttpResponse:
    """The time is over, or one of the two may no longer be here."""
    if look.staff is None:
        logout(request)
        return _leading(request, reverse("account_login"))
    doors.finish(request, look)
    messages.info(request, _("Looking as the customer has ended."))
    return _leading(request, reverse("staff_customer", args=[look.customer_id]))


def _leading(request: HttpRequest, address: str) -> HttpResponse:
    """A whole page, also when only a part of one was asked for."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)
