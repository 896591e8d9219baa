"""Finding payments: what was asked for, as conditions that an index answers."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orders.models import Payment
from panel.backoffice.days import between_days
from panel.backoffice.finding import customers
from panel.gateways.registry import GATEWAYS
from panel.storefront.services import number_in

WORDS_MAX = 200
COUNTED_MAX = 1_000
LATEST_IDS_MAX = 100_000
SAME_MAX = 50
TABS: dict[str, Any] = {"": _("All")} | dict(Payment.Status.choices)
TAKEN = "taken"
MORE = {TAKEN: _("Taken back"), "disputed": _("Disputed")}
CONDITIONS = {TAKEN: Q(taken_back__gt=0), "disputed": Q(is_disputed=True)}


@dataclass(frozen=True, slots=True)
class Search:
    """One way to look at the payments, as an address says it."""

    query: Mapping[str, str]

    @property
    def tab(self) -> str:
        asked = self.query.get("status", "")
        return asked if asked in TABS or asked in MORE else ""

    def payments(self) -> QuerySet[Payment]:
        """What is asked for, in no order yet."""
        return _in_tab(self._matching(), self.tab)

    def counts(self) -> dict[str, int]:
        """How many there are in each tab, counted no further than COUNTED_MAX of the latest."""
        latest = self._matching().order_by("-pk").values("pk")[:COUNTED_MAX]
        rows = Payment.objects.filter(pk__in=latest).order_by()
        by_status = dict(rows.values_list("status").annotate(Count("pk")))
        more = {code: Count("pk", filter=condition) for code, condition in CONDITIONS.items()}
        return by_status | {"": sum(by_status.values())} | rows.aggregate(**more)

    def _matching(self) -> QuerySet[Payment]:
        found = Payment.objects.all()
        method = number_in(self.query.get("method", ""))
        if method is not None:
            found = found.filter(method_id=method)
        customer = self.query.get("customer", "").strip()
        if customer:
            found = found.filter(customer_id__in=customers(customer))
        return self._of_words(between_days(found, self.query))

    def _of_words(self, found: QuerySet[Payment]) -> QuerySet[Payment]:
        """By our number or token, the gateway's reference, the memo, or an e-mail address."""
        words = self.query.get("q", "").strip().replace("\0", "")[:WORDS_MAX].removeprefix("#")
        if not words:
            return found
        if "@" in words:
            return found.filter(customer_id__in=customers(words))
        return found.filter(pk__in=_ids_of(words))


def _ids_of(words: str) -> set[int]:
    """Each by its own index; a memo that is not open any more among the latest payments."""
    newest = Payment.objects.aggregate(newest=Max("pk"))["newest"] or 0
    ways = [
        Payment.objects.filter(gateway__in=GATEWAYS, reference=words),
        Payment.objects.filter(memo=words, status__in=["open", "waiting"]),
        Payment.objects.filter(memo=words, pk__gt=newest - LATEST_IDS_MAX),
    ]
    token = _token(words)
    if token is not None:
        ways.append(Payment.objects.filter(token=token))
    number = number_in(words)
    ids = set() if number is None else {number}
    return ids.union(*(way.order_by().values_list("pk", flat=True)[:SAME_MAX] for way in ways))


def _in_tab(found: QuerySet[Payment], tab: str) -> QuerySet[Payment]:
    if tab in CONDITIONS:
        return found.filter(CONDITIONS[tab])
    return found.filter(status=tab) if tab else found


def _token(words: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(words)
    except ValueError:
        return None
