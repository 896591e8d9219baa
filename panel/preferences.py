"""The reader's language and time zone, for those who are logged in and chose them."""

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from panel.context import storefront_of

KNOWN_LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)
WORDLESS = ("healthz", "webhook")  # asked by machines, also while the database is away


class PreferencesMiddleware:
    """Activates what the user chose. Requests without a session (the API) pass untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Keep to the languages that the operator offers. Machines get no words."""
        if request.resolver_match and request.resolver_match.url_name not in WORDLESS:
            offered = storefront_of(request).offered_languages
            if translation.get_language() not in offered:
                translation.activate(offered[0])
                request.LANGUAGE_CODE = offered[0]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            _activate(request, request.user.language, request.user.time_zone)
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()


def _activate(request: HttpRequest, language: str, time_zone: str) -> None:
    if language in KNOWN_LANGUAGES:
        translation.activate(language)
        request.LANGUAGE_CODE = language
    timezone.activate(zone_named(time_zone))


def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """The time zone a user chose; the panel's own for none, or for one that is gone."""
    try:
        return zoneinfo.ZoneInfo(name or settings.TIME_ZONE)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)
