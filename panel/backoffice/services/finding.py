"""Services by the filters of staff, each with what it costs us now."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery

from orders.models import Service, Source
from orders.order_types import ORDER_TYPES
from panel.storefront.services import number_in

WORDS_MAX = 8
WORD_LENGTH_MAX = 60
MARGIN_MAX = Decimal(100_000)
HUNDRED = Decimal(100)

ON, OFF, UNAVAILABLE, MANUAL = "on", "off", "unavailable", "manual"
STATES: dict[str, Q] = {
    ON: Q(is_active=True, unavailable=""),
    OFF: Q(is_active=False),
    UNAVAILABLE: Q(is_active=True) & ~Q(unavailable=""),
    MANUAL: Q(sources=None),
}
STEPS = ("category__position", "category_id", "position", "id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What staff look for, as the address says it."""

    words: str = ""
    category_id: int | None = None
    provider_id: int | None = None
    type: str = ""
    state: str = ""
    margin_below: Decimal | None = None
    after: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Wanted":
        state, type_ = query.get("status", ""), query.get("type", "")
        return cls(
            words=query.get("q", "").strip(),
            category_id=number_in(query.get("category", "")),
            provider_id=number_in(query.get("provider", "")),
            type=type_ if type_ in ORDER_TYPES else "",
            state=state if state in STATES else "",
            margin_below=_percent(query.get("margin", "")),
            after=number_in(query.get("after", "")),
        )


def matching(wanted: Wanted) -> QuerySet[Service]:
    """Those that ``wanted`` names, in the order of the price list, with ``cost`` in our money.

    The cost is that of the first source that can be bought from; None when there is none.
    """
    found = _with_words(Service.objects.all(), wanted.words)
    if wanted.category_id is not None:
        found = found.filter(category_id=wanted.category_id)
    if wanted.provider_id is not None:
        own = Source.objects.filter(offer__provider_id=wanted.provider_id)
        found = found.filter(pk__in=own.values("service_id"))
    if wanted.type:
        found = found.filter(type=wanted.type)
    if wanted.state:
        found = found.filter(STATES[wanted.state])
    costed: QuerySet[Service] = found.annotate(cost=_cost())
    if wanted.margin_below is not None:
        costed = costed.filter(rate__lt=F("cost") * (1 + wanted.margin_below / HUNDRED))
    return costed.select_related("category").order_by(*STEPS)


def behind(last: Service) -> Q:
    """Everything after ``last`` in the order of the price list."""
    values = (last.category.position, last.category_id, last.position, last.pk)
    later, same = Q(), Q()
    for column, value in zip(STEPS, values, strict=True):
        later |= same & Q(**{f"{column}__gt": value})
        same &= Q(**{column: value})
    return later


def _cost() -> Subquery:
    usable = Source.objects.filter(
        service=OuterRef("pk"),
        is_active=True,
        offer__is_gone=False,
        offer__provider__is_active=True,
    )
    cost = F("offer__cost") * F("offer__provider__exchange_rate")
    first = usable.order_by("rank").annotate(converted=cost).values("converted")[:1]
    return Subquery(first, output_field=DecimalField(max_digits=40, decimal_places=20))


def _with_words(found: QuerySet[Service], words: str) -> QuerySet[Service]:
    for word in words.replace("\0", " ").split()[:WORDS_MAX]:
        text = word[:WORD_LENGTH_MAX]
        match = Q(name__icontains=text) | Q(category__name__icontains=text)
        if text.isascii() and text.isdigit():
            upstream = Source.objects.filter(offer__upstream_id=text).values("service_id")
            match |= Q(pk=int(text[:18])) | Q(pk__in=upstream)
        found = found.filter(match)
    return found


def _percent(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) <= MARGIN_MAX else None
