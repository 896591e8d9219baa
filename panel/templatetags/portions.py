"""How portions and refills are shown: runs, posts, minutes, and the state of a refill."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from orders.lifecycle import REFILL_WORDS, RefillStatus, Status
from orders.models import Order, Refill
from panel.templatetags.weir import icon

register = template.Library()

HOUR_MIN = 60
DAY_MIN = 24 * HOUR_MIN
REFILL_BADGES: dict[str, tuple[str, str]] = {
    RefillStatus.IN_PROGRESS: ("blue", "refresh"),
    RefillStatus.COMPLETED: ("green", "circle-check"),
    RefillStatus.REJECTED: ("red", "circle-x"),
}


@register.simple_tag
def refill_badge(refill: Refill) -> SafeString:
    """The state of a refill in the protocol's word, in the reader's language."""
    colour, sign = REFILL_BADGES.get(refill.status, ("secondary", "clock"))
    word = _(REFILL_WORDS[refill.status])
    return format_html('<span class="badge status status-{}">{}{}</span>', colour, icon(sign), word)


@register.filter
def runs_done(order: Order) -> int:
    """How many runs are through: as the provider says, else as far as what remains tells."""
    if order.status == Status.COMPLETED:
        return order.runs
    if order.served is not None:
        return min(order.served, order.runs)
    if order.remains is None or order.status == Status.CANCELED:
        return 0
    delivered = max(order.quantity * order.runs - order.remains, 0)
    return min(delivered // order.quantity, order.runs)


@register.filter
def posts_ordered(order: Order) -> int:
    """New and existing posts that were ordered."""
    return whole(order.inputs.get("posts")) + whole(order.inputs.get("old_posts"))


@register.filter
def whole(text: str | None) -> int:
    """A number as it stands in an order's inputs; 0 for one left out."""
    return int(text) if text and text.isdecimal() else 0


@register.filter
def minutes(text: str | None) -> str:
    """Minutes as people say them."""
    number = whole(text)
    if number == 0:
        return _("none")
    if number % DAY_MIN == 0:
        return _("%(days)d d") % {"days": number // DAY_MIN}
    if number % HOUR_MIN == 0:
        return _("%(hours)d h") % {"hours": number // HOUR_MIN}
    return _("%(minutes)d min") % {"minutes": number}
