"""Finding orders among millions: what was asked for, as conditions that an index answers.

A list is one walk along an index, newest first. What no index holds (links, origins) is looked
for among the latest LATEST_IDS_MAX ids, or in all that another filter leaves. Days become bounds
of ids.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.db.models import BooleanField, F, Func, Max, QuerySet
from django.utils.translation import gettext_lazy as _

from orders import failing
from orders.lifecycle import Status
from orders.models import Customer, Order, Review
from panel.backoffice import numbers
from panel.backoffice.days import between_days
from panel.storefront.services import number_in

LATEST_IDS_MAX = 300_000
CUSTOMERS_MAX = 20
WORDS_MAX = 300
COUNTED_MAX = 1_000
HELD = "held"
TABS: dict[str, Any] = {"": _("All"), HELD: _("Held")} | {
    str(status): status.label for status in Status
}
NARROWING = ("customer", "service", "since")
FILTERS = (
    *("provider", "service", "origin", "customer", "since", "until", "q"),
    *("question", "failure"),
)
ANY_QUESTION = "any"


@dataclass(frozen=True)
class Search:
    """One way to look at the orders, as an address says it."""

    query: Mapping[str, str]

    @property
    def tab(self) -> str:
        asked = self.query.get("status", "")
        return asked if asked in TABS else ""

    @property
    def words(self) -> str:
        return self.query.get("q", "").strip().replace("\0", "")

    @property
    def question(self) -> str:
        """The reason of an open question, ``any`` for all of them, or nothing."""
        asked = self.query.get("question", "")
        return asked if asked == ANY_QUESTION or asked in Review.Reason.values else ""

    @property
    def failure(self) -> tuple[int, int] | None:
        """The first and the last call of one cause, as the page of failures names it."""
        first, _dash, last = self.query.get("failure", "").partition("-")
        calls = number_in(first), number_in(last)
        return None if None in calls else cast(tuple[int, int], calls)

    @property
    def where(self) -> str:
        """Whose numbers those that are looked for are."""
        asked = self.query.get("numbers", "")
        return asked if asked in (numbers.HERE, numbers.THERE) else ""

    @cached_property
    def pasted(self) -> numbers.Found | None:
        """What became of a list of numbers; None when something else is looked for."""
        listed = numbers.listed(self.words)
        return numbers.look_up(listed, self.where) if listed else None

    @property
    def is_filtered(self) -> bool:
        return any(self.query.get(name) for name in FILTERS)

    def orders(self) -> QuerySet[Order]:
        """What is asked for, in no order yet."""
        return _in_tab(self._matching, self.tab)

    def listed(self) -> QuerySet[Order]:
        """The same; what was found for the counts already is not looked for again."""
        if self.is_filtered and len(self._latest) < COUNTED_MAX:
            return Order.objects.filter(pk__in=self._ids_in_tab())
        return self.orders()

    def counts(self) -> dict[str, int]:
        """How many there are in each tab, counted no further than COUNTED_MAX.

        With filters the latest COUNTED_MAX that match are counted, else each tab by its index.
        """
        if self.is_filtered:
            return self._counts_of_latest()
        return {tab: _capped(_in_tab(Order.objects.all(), tab)) for tab in TABS}

    def _counts_of_latest(self) -> dict[str, int]:
        return Counter(tab for _pk, *row in self._latest for tab in _tabs_of(*row))

    def _ids_in_tab(self) -> list[int]:
        return [pk for pk, *row in self._latest if self.tab in _tabs_of(*row)]

    @cached_property
    def _latest(self) -> list[tuple[int, str, str]]:
        """Number, state and hold of the latest COUNTED_MAX that match."""
        latest = self._matching.order_by("-pk")
        return list(latest.values_list("pk", "status", "hold")[:COUNTED_MAX])

    @cached_property
    def _matching(self) -> QuerySet[Order]:
        found = Order.objects.all()
        for name in ("provider", "service"):
            number = number_in(self.query.get(name, ""))
            if number is not None:
                found = found.filter(**{f"{name}_id": number})
        if self.query.get("origin") in Order.Origin.values:
            found = self._of_latest_ids(found).filter(origin=self.query["origin"])
        customer = self.query.get("customer", "").strip()
        if customer:
            found = found.filter(customer_id__in=customers(customer))
        if self.question:
            found = found.filter(pk__in=_asked_about(self.question))
        if self.failure is not None:
            found = found.filter(pk__in=failing.orders_like(*self.failure))
        return self._of_words(between_days(found, self.query))

    def _of_words(self, found: QuerySet[Order]) -> QuerySet[Order]:
        if self.pasted is not None:
            return found.filter(pk__in=self.pasted.ids)
        words = self.words[:WORDS_MAX]
        if not words:
            return found
        if "@" in words and "/" not in words:
            return found.filter(customer_id__in=customers(words))
        ids = numbers.look_up_one(words, self.where)
        if ids:
            return found.filter(pk__in=ids)
        return self._of_latest_ids(found).filter(link__icontains=words)

    def _of_latest_ids(self, found: QuerySet[Order]) -> QuerySet[Order]:
        """For what no index holds; where another filter narrows the list, all of it is read."""
        if any(self.query.get(name) for name in NARROWING):
            return found
        newest = Order.objects.aggregate(newest=Max("pk"))["newest"] or 0
        return found.filter(pk__gt=newest - LATEST_IDS_MAX)


def customers(words: str) -> list[int]:
    """Customers by number, e-mail address or part of their name; at most CUSTOMERS_MAX."""
    number = number_in(words.removeprefix("#"))
    if number is not None:
        return [number]
    text = words.replace("\0", "")[:WORDS_MAX]
    by_name = Customer.objects.filter(name__icontains=text)
    by_email = Customer.objects.filter(user__email__iexact=text)
    return list((by_email | by_name).order_by("pk").values_list("pk", flat=True)[:CUSTOMERS_MAX])


def _asked_about(question: str) -> QuerySet[Review, Any]:
    """Orders with an open question, as numbers."""
    still_open = Review.objects.filter(resolved_at=None)
    if question != ANY_QUESTION:
        still_open = still_open.filter(reason=question)
    return still_open.order_by().values("order_id")


def _in_tab(found: QuerySet[Order], tab: str) -> QuerySet[Order]:
    if tab == HELD:
        return _in_tab(found, Status.PENDING).exclude(hold="")
    return found.filter(_has_status(Status(tab))) if tab else found


def _tabs_of(status: str, hold: str) -> tuple[str, ...]:
    """The tabs that show an order; the same rule as _in_tab."""
    is_held = status == Status.PENDING and hold != ""
    return ("", status, HELD) if is_held else ("", status)


def _has_status(status: Status) -> Func:
    """The state as a word of the statement, not as a parameter of it.

    A prepared statement is planned once for all states, for the frequent ones: it would then
    look for the rare ones without their index, through all orders.
    """
    return Func(F("status"), template=f"%(expressions)s = '{status}'", output_field=BooleanField())


def _capped(found: QuerySet[Order]) -> int:
    # Asked in the order of the index: else a scan that hopes to end soon may read all orders.
    return found.order_by("-pk").values("pk")[:COUNTED_MAX].count()
