"""What a report is asked for, as its address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.figures import DAYS_MAX, SORTS, Period, last_days
from orders.models import Part
from panel.storefront.services import number_in

PRESETS_DAYS = (7, 30, 90, 365)
PRESET_DAYS = 30
FIRST_DAY = date(2000, 1, 1)
DAY, MONTH = "day", "month"
TITLES: dict[str, Any] = {
    DAY: gettext_lazy("Days"),
    MONTH: gettext_lazy("Months"),
    Part.SERVICE: gettext_lazy("Services"),
    Part.PROVIDER: gettext_lazy("Providers"),
    Part.CUSTOMER: gettext_lazy("Customers"),
}
SPANS = (DAY, MONTH)
PARTS = (Part.SERVICE, Part.PROVIDER, Part.CUSTOMER)


@dataclass(frozen=True, slots=True)
class Question:
    """One report: the rows that are wanted, their period, order and, for days, whose they are."""

    by: str
    period: Period
    sort: str
    is_rising: bool
    part: Part = Part.ALL
    subject: int = 0
    preset: int | None = None
    error: str = ""

    @property
    def is_of_spans(self) -> bool:
        return self.by in SPANS

    @property
    def has_payments(self) -> bool:
        """Money that is paid in belongs to no service and no provider."""
        about = self.part if self.is_of_spans else self.by
        return about in (Part.ALL, Part.CUSTOMER)


def asked(query: Mapping[str, str], *, now: datetime) -> Question:
    """The report of an address; what makes no sense is left out, a wrong period is told."""
    by = query["by"] if query.get("by") in TITLES else DAY
    part, subject = _whose(query) if by in SPANS else (Part.ALL, 0)
    sort, is_rising = _order(query.get("sort", ""), is_of_spans=by in SPANS)
    period, preset, error = _period(query, now=now)
    return Question(by, period, sort, is_rising, part, subject, preset, error)


def _whose(query: Mapping[str, str]) -> tuple[Part, int]:
    for part in PARTS:
        subject = number_in(query.get(str(part), ""))
        if subject is not None:
            return part, subject
    return Part.ALL, 0


def _order(text: str, *, is_of_spans: bool) -> tuple[str, bool]:
    """A column, falling where a minus stands before it."""
    name = text.removeprefix("-")
    if name in SORTS or (is_of_spans and name == DAY):
        return name, not text.startswith("-")
    return (DAY if is_of_spans else "revenue"), False


def _period(query: Mapping[str, str], *, now: datetime) -> tuple[Period, int | None, str]:
    if query.get("since") or query.get("until"):
        try:
            return _between(query, now.astimezone(UTC).date()), None, ""
        except ValueError:
            error = _("Choose a first and a last day, at most %s days apart, not in the future.")
            return last_days(PRESET_DAYS, now=now), None, error % DAYS_MAX
    days = query.get("days", "")
    preset = int(days) if days in map(str, PRESETS_DAYS) else PRESET_DAYS
    return last_days(preset, now=now), preset, ""


def _between(query: Mapping[str, str], today: date) -> Period:
    """ValueError where the days are none, too many or to come."""
    last = min(max(_date(query.get("until")) or today, FIRST_DAY), today)
    first = _date(query.get("since")) or last - timedelta(days=PRESET_DAYS - 1)
    return Period(max(first, FIRST_DAY), last)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
