"""What was made between two days, found by its id: no index holds the time."""

from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet

from orders.models.moments import SLACK, id_around

Row = TypeVar("Row", bound=Model)


def between_days(found: QuerySet[Row], query: Mapping[str, str]) -> QuerySet[Row]:
    """Those of ``found`` from the day ``since`` to the end of ``until``, in UTC.

    ``query`` is an address's; a day that is missing or cannot be read leaves that side open.
    """
    since, until = beginning(query.get("since")), beginning(query.get("until"))
    if since is not None:
        first = id_around(found.model, since - SLACK)
        found = found.filter(created_at__gte=since, pk__gte=first)
    if until is not None:
        end = until + timedelta(days=1)
        found = found.filter(created_at__lt=end, pk__lte=id_around(found.model, end + SLACK))
    return found


def beginning(text: str | None) -> datetime | None:
    """The beginning of a day as a date field sends it, in UTC; None for the first and the last
    year there are, which have no room around them.
    """
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    is_inside = MINYEAR < day.year < MAXYEAR
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if is_inside else None
