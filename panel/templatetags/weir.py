"""How money, states and links are shown on every page."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import nh3
from django import template
from django.forms import BoundField, Select
from django.http import QueryDict
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from orders.lifecycle import Status
from orders.models import Order
from orders.money import plain, readable

register = template.Library()

PLACES_MIN = 2
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "BRL": "R$", "TRY": "₺", "RUB": "₽"}
TEXT_TAGS = {"a", "b", "br", "em", "h2", "h3", "hr", "i", "li", "ol", "p", "strong", "u", "ul"}
HOUR_S, MINUTE_S, DAY_S = 3_600, 60, 86_400

BADGES: dict[str, tuple[str, str]] = {
    Status.PENDING: ("secondary", "clock"),
    Status.SUBMITTING: ("secondary", "clock"),
    Status.UNCONFIRMED: ("secondary", "clock"),
    Status.PROCESSING: ("azure", "rocket"),
    Status.IN_PROGRESS: ("blue", "bolt"),
    Status.PAUSED: ("yellow", "clock"),
    Status.COMPLETED: ("green", "circle-check"),
    Status.PARTIAL: ("orange", "adjustments-horizontal"),
    Status.CANCELED: ("red", "ban"),
    Status.EXPIRED: ("secondary", "history"),
}
WORDS: dict[str, Any] = {
    "Pending": Status.PENDING.label,
    "Processing": Status.PROCESSING.label,
    "In progress": Status.IN_PROGRESS.label,
    "Completed": Status.COMPLETED.label,
    "Partial": Status.PARTIAL.label,
    "Canceled": Status.CANCELED.label,
}


@register.filter
def among(name: str, names: str) -> bool:
    """Whether ``name`` is one of ``names``, which stand with spaces between them."""
    return name in names.split()


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One icon of the sprite; decoration, so screen readers pass over it."""
    return format_html(
        '<svg class="icon {}" width="24" height="24" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        extra,
        static("vendor/tabler/icons.svg"),
        name,
    )


@register.filter
def balance(amount: Decimal, currency: str) -> str:
    """A balance as people read it: two decimals, rounded down."""
    return _with_currency(
        number_format(readable(amount, places=PLACES_MIN), force_grouping=True), currency, amount
    )


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Every digit of an amount or a rate, at least two decimals."""
    return _with_currency(exact(abs(amount)), currency, amount)


@register.filter
def movement(amount: Decimal, currency: str) -> str:
    """Every digit of what was added or taken, with its sign."""
    return _with_currency(exact(abs(amount)), currency, amount, plus="+" if amount > 0 else "")


@register.filter
def exact(amount: Decimal) -> str:
    """Every digit in the reader's way of writing numbers, at least two decimals."""
    text = plain(amount)
    places = len(text.partition(".")[2])
    return number_format(amount, decimal_pos=max(places, PLACES_MIN), force_grouping=True)


@register.filter
def digits(value: Decimal) -> str:
    """Every digit that counts, in the reader's way of writing numbers: percents."""
    places = len(plain(value).partition(".")[2])
    return number_format(value, decimal_pos=places, force_grouping=True)


def _with_currency(text: str, currency: str, amount: Decimal, *, plus: str = "") -> str:
    """Sign, symbol and amount in the reader's order; right-to-left text keeps them together."""
    bare = text.removeprefix("-")
    sign = "−" if amount < 0 and any(digit in "123456789" for digit in bare) else plus
    symbol = SYMBOLS.get(currency)
    way = (
        pgettext("money", "%(sign)s%(symbol)s%(amount)s")
        if symbol
        else pgettext("money", "%(sign)s%(amount)s %(currency)s")
    )
    return way % {"sign": sign, "symbol": symbol, "amount": bare, "currency": currency}


@register.filter
def number(value: int | None) -> str:
    """A count with separators; a dash for what is not known."""
    return "–" if value is None else number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def status_word(order: Order) -> str:
    """The state as customers read it, in their language."""
    return str(WORDS.get(order.word) or _(order.word))


@register.simple_tag
def status_badge(order: Order) -> SafeString:
    colour, sign = BADGES[order.status]
    return format_html(
        '<span class="badge status status-{}">{}{}</span>', colour, icon(sign), status_word(order)
    )


@register.filter
def delivered_percent(order: Order) -> int:
    """How much of an order is delivered, 0 to 100; its end counts as far as it got."""
    if order.status == Status.COMPLETED:
        return 100
    total = order.quantity * order.runs
    if order.remains is None or total <= 0 or order.status == Status.CANCELED:
        return 0
    return min(max(100 * (total - order.remains) // total, 0), 100)


@register.filter
def is_web_address(link: str) -> bool:
    """Whether a link may be made clickable: only pages, never other schemes."""
    return link.lower().startswith(("https://", "http://"))


@register.filter
def rich_text(text: str) -> SafeString:
    """An operator's text: paragraphs, or the simple part of HTML; nothing that could run."""
    html = text if "</" in text else linebreaks(text, autoescape=True)
    return mark_safe(nh3.clean(html, tags=TEXT_TAGS))  # noqa: S308


@register.filter
def duration(span: timedelta | None) -> str:
    """A measured time in its one or two greatest units."""
    if span is None:
        return "–"
    seconds = int(span.total_seconds())
    if seconds < MINUTE_S:
        return _("under a minute")
    if seconds < HOUR_S:
        return _("%(minutes)d min") % {"minutes": seconds // MINUTE_S}
    if seconds < DAY_S:
        rest = seconds % HOUR_S // MINUTE_S
        return _("%(hours)d h %(minutes)d min") % {"hours": seconds // HOUR_S, "minutes": rest}
    days = seconds // DAY_S
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


@register.filter
def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """This page's query with some values changed; an empty value leaves its name out."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in ("", None):
            query[name] = str(value)
    return "?" + urlencode(list(query.items()), doseq=True)


@register.simple_tag
def form_control(field: BoundField) -> SafeString:
    """A field of a form that is not ours, dressed in the kit's classes."""
    look = "form-select" if isinstance(field.field.widget, Select) else "form-control"
    extra: dict[str, str | bool] = {"class": f"{look} is-invalid" if field.errors else look}
    if field.errors:
        extra["aria-invalid"] = "true"
    return field.as_widget(attrs=extra)


@register.filter
def pairs(values: dict[str, Any]) -> list[tuple[str, Any]]:
    """Names and values: ``.items`` in a template is the value of that name where there is one."""
    return list(values.items())
