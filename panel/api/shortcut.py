"""The protocol goes past everything that pages need.

First in MIDDLEWARE: sessions, languages, CSRF, content policy and request logs are for people.
A program brings its key with each request and gets JSON, whatever happens.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from panel.api.v2 import answer

PATHS = frozenset({"/api/v2", "/api/v2/"})

Handler = Callable[[HttpRequest], HttpResponseBase]


def straight_to_the_protocol(get_response: Handler) -> Handler:
    """Answer requests for the protocol here; pass on all others."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        if request.path_info in PATHS:
            return answer(request)
        return get_response(request)

    return handle
