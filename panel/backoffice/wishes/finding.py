"""Which refills or wishes to cancel a person looks for: the filters of the queue, as queries."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from panel.backoffice.finding import WORDS_MAX, customers
from panel.backoffice.wishes.actions import Queue
from panel.storefront.services import number_in

ALL = "all"
AGES: dict[str, tuple[Any, timedelta]] = {
    "hour": (_("Older than an hour"), timedelta(hours=1)),
    "day": (_("Older than a day"), timedelta(days=1)),
    "week": (_("Older than a week"), timedelta(weeks=1)),
}
NUMBERS_MAX = 500
_NUMBERS = re.compile(r"[0-9#,;\s]+")


@dataclass(frozen=True, slots=True)
class WishSearch:
    """One way to look at a queue, as an address says it; the open ones when it says nothing."""

    queue: Queue
    query: Mapping[str, str]
    now: datetime

    @property
    def status(self) -> str:
        asked = self.query.get("status", "")
        return asked if asked == ALL or asked in self.queue.statuses.values else ""

    @property
    def words(self) -> str:
        return self.query.get("q", "").strip().replace("\0", "")[: NUMBERS_MAX * 20]

    def wishes(self) -> QuerySet[Any]:
        """What is asked for, in no order yet, with all that a line shows."""
        found = self._narrowed()
        if not self.status:
            found = found.filter(status__in=self.queue.still_open)
        elif self.status != ALL:
            found = found.filter(status=self.status)
        return found.select_related("order__service", "order__provider", "order__customer")

    def counts(self) -> dict[str, int]:
        """How many are open, by state; what has ended is not counted."""
        found = self._narrowed().filter(status__in=self.queue.still_open).order_by()
        return dict(found.values_list("status").annotate(Count("pk")))

    def _narrowed(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.queue.rows.objects.all()
        provider = number_in(self.query.get("provider", ""))
        if provider is not None:
            found = found.filter(order__provider_id=provider)
        if self.query.get("age") in AGES:
            found = found.filter(created_at__lt=self.now - AGES[self.query["age"]][1])
        return self._of_words(found)

    def _of_words(self, found: QuerySet[Any]) -> QuerySet[Any]:
        """Numbers of orders, as many as there are tickets; else a customer."""
        words = self.words
        if not words:
            return found
        if _NUMBERS.fullmatch(words):
            texts = re.findall(r"[0-9]+", words)[:NUMBERS_MAX]
            ids = [number for number in map(number_in, texts) if number is not None]
            return found.filter(order_id__in=ids)
        return found.filter(order__customer_id__in=customers(words[:WORDS_MAX]))
