"""One address that says whether this process can do its work, and whether the jobs run."""

from datetime import datetime
from typing import Any

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from panel import heartbeats
from panel.clock import database_now
from panel.database.base import refuses_writes

log = structlog.get_logger(__name__)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, else 503. For load balancers and the start of a trial.

    Jobs that stand still are told but do not take the pages away: customers can go on buying,
    and what they buy is sent when the jobs run again. Neither does a database that can only be
    read: its pages go on.
    """
    try:
        jobs = _jobs(database_now())
    except DatabaseError as error:
        log.error("database_unavailable", error=type(error).__name__)
        return JsonResponse({"database": "unavailable"}, status=503)
    database = "read-only" if refuses_writes() else "ok"
    return JsonResponse({"database": database, "jobs": jobs})


def _jobs(now: datetime) -> dict[str, Any]:
    """Which jobs are late, and for how long the oldest due order has been waiting (seconds)."""
    late = heartbeats.stopped(now)
    due_at = heartbeats.oldest_due_at()
    waiting_s = 0 if due_at is None else max(0, int((now - due_at).total_seconds()))
    return {"state": "late" if late else "ok", "late": late, "oldest_due_s": waiting_s}
