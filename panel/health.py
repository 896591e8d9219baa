"""One address that says whether this process can do its work, and whether the clocks run."""

from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError
from django.db.models import Max
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from panel.models import Heartbeat

log = structlog.get_logger(__name__)

CLOCK_LATE_AFTER = timedelta(minutes=2)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, else 503. For load balancers and the start of a trial.

    A stopped clock is told but does not take the pages away.
    """
    try:
        last_beat = Heartbeat.objects.aggregate(at=Max("ran_at"))["at"]
    except DatabaseError as error:
        log.error("database_unavailable", error=type(error).__name__)
        return JsonResponse({"database": "unavailable"}, status=503)
    return JsonResponse({"database": "ok", "clock": _clock(last_beat, now=timezone.now())})


def _clock(last_beat: datetime | None, *, now: datetime) -> str:
    if last_beat is None:
        return "never seen"
    return "late" if now - last_beat > CLOCK_LATE_AFTER else "ok"
