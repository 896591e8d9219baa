"""What people read when something failed that nobody expected, or that cannot be done now."""

import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from orders.models.patience import may_pass, takes_no_writes

RETRY_AFTER_S = 60
LATER, FAILED = 503, 500


def failed(request: HttpRequest) -> HttpResponse:
    """The page for an exception that no page expected; it needs no database.

    503 says that the same may be tried again later: the database takes no changes at the moment,
    or is away, or did not come to its turn.
    """
    error = sys.exc_info()[1]
    name = "503.html" if takes_no_writes(error) else "500.html"
    page = HttpResponse(render_to_string(name), status=FAILED)
    if isinstance(error, DatabaseError) and may_pass(error):
        page.status_code = LATER
        page["Retry-After"] = str(RETRY_AFTER_S)
    return page
