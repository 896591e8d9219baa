"""What an e-mail says: in its reader's language, time and way of writing money."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import LedgerEntry, Order, OrderEvent
from panel.models import Notice, Storefront, User
from panel.models.notices import Event
from panel.notices.wording import Wording, own_wording
from panel.preferences import KNOWN_LANGUAGES, zone_named
from panel.templatetags.weir import money

LINES_MAX = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is told; ``amount`` is what was added to the balance by it."""

    at: datetime | None
    order: Order | None = None
    amount: Decimal | None = None


def letter(user: User, event: str, notices: Sequence[Notice], brand: Storefront) -> EmailMessage:
    """An e-mail to ``user`` about all ``notices``, which are of one event."""
    lines = _lines(event, [notice.subject_id for notice in notices[:LINES_MAX]])
    with _read_by(user):
        said = _said(event, lines, count=len(notices), brand=brand)
        context = {
            "opening": said.opening,
            "lines": lines,
            "more": len(notices) - len(lines),
            "event": event,
            "brand": brand,
        }
        body = render_to_string("notices/letter.txt", context)
        # A line break would end a header.
        subject = " ".join(f"{brand.name}: {said.subject}".split())
        return EmailMessage(subject, body, to=[user.email])


@contextmanager
def _read_by(user: User) -> Iterator[None]:
    language = user.language if user.language in KNOWN_LANGUAGES else settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(zone_named(user.time_zone)):
        yield


def _lines(event: str, subjects: Sequence[int]) -> list[Line]:
    if event == Event.COMPLETED:
        orders = Order.objects.filter(pk__in=subjects).select_related("service").order_by("pk")
        return [Line(order.closed_at, order) for order in orders]
    if event == Event.REFILLED:
        events = OrderEvent.objects.filter(pk__in=subjects).select_related("order__service")
        return [Line(one.at, one.order) for one in events.order_by("pk")]
    entries = LedgerEntry.objects.filter(pk__in=subjects).select_related("order__service")
    return [Line(e.created_at, e.order, e.amount) for e in entries.order_by("pk")]


def _said(event: str, lines: Sequence[Line], *, count: int, brand: Storefront) -> Wording:
    """The operator's own words about one thing; about many, and without own words, ours."""
    if count > 1:
        heading = _heading_of_many(event, count)
        return Wording(heading, heading)
    facts = facts_of(lines[0], brand)
    own = own_wording(event, translation.get_language(), facts)
    return own or Wording(heading := built_in(event, facts), heading)


def facts_of(line: Line, brand: Storefront) -> dict[str, str]:
    """What a text may name, as its reader reads it."""
    order = line.order
    return {
        "number": str(order.pk) if order else "",
        "service": order.service.name if order else "",
        "link": order.link if order else "",
        "amount": money(line.amount, brand.currency) if line.amount else "",
        "brand": brand.name,
    }


def built_in(event: str, facts: Mapping[str, str]) -> str:
    """Our own words about one thing, in the language that is spoken now."""
    texts = {
        Event.COMPLETED: _("Order %(number)s is completed"),
        Event.MONEY_BACK: _("%(amount)s came back for order %(number)s"),
        Event.REFILLED: _("Order %(number)s was refilled"),
        Event.FUNDS: _("%(amount)s was added to your balance"),
    }
    return texts[Event(event)] % facts


def _heading_of_many(event: str, count: int) -> str:
    texts = {
        Event.COMPLETED: ngettext(
            "%(count)s order is completed", "%(count)s orders are completed", count
        ),
        Event.MONEY_BACK: ngettext(
            "Money came back for %(count)s order", "Money came back for %(count)s orders", count
        ),
        Event.REFILLED: ngettext(
            "%(count)s order was refilled", "%(count)s orders were refilled", count
        ),
        Event.FUNDS: ngettext(
            "%(count)s payment was added to your balance",
            "%(count)s payments were added to your balance",
            count,
        ),
    }
    return texts[Event(event)] % {"count": count}
