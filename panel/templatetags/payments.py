"""How payments are shown: their state as a badge, the fee and limits of a method in words."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from orders.models import Payment, PaymentMethod
from panel.templatetags.weir import exact, icon, money

register = template.Library()

BADGES: dict[str, tuple[str, str]] = {
    "open": ("secondary", "clock"),
    "waiting": ("yellow", "eye"),
    "settled": ("green", "circle-check"),
    "rejected": ("red", "circle-x"),
    "expired": ("secondary", "history"),
}


@register.simple_tag
def payment_badge(payment: Payment) -> SafeString:
    """The state of a payment; money that went back is said rather than that it came."""
    colour, sign = BADGES.get(payment.status, ("secondary", "info-circle"))
    word = payment.get_status_display()
    if payment.is_disputed:
        colour, sign, word = "orange", "alert-triangle", _("Disputed")
    elif payment.taken_back:
        whole = payment.taken_back == payment.amount
        colour, sign = "orange", "rotate-clockwise-2"
        word = _("Taken back") if whole else _("Partly taken back")
    return format_html('<span class="badge status status-{}">{}{}</span>', colour, icon(sign), word)


@register.simple_tag
def fee_of(method: PaymentMethod, currency: str) -> str:
    """What a method takes, or an empty text."""
    parts = []
    if method.fee_percent:
        parts.append(_("%s %%") % exact(method.fee_percent).rstrip("0").rstrip(".,"))
    if method.fee_fixed:
        parts.append(money(method.fee_fixed, currency))
    return " + ".join(parts)
