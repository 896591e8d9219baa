"""What pages of the staff show: states by their own names, those that customers never read too."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orders.lifecycle import Status
from orders.models import Order
from panel.templatetags.weir import BADGES, icon

register = template.Library()

OWN: dict[str, tuple[str, str]] = {
    Status.SUBMITTING: ("azure", "rocket"),
    Status.UNCONFIRMED: ("orange", "alert-triangle"),
}


@register.simple_tag
def staff_badge(order: Order) -> SafeString:
    """The state of an order, as staff read it."""
    colour, sign = OWN.get(order.status) or BADGES[order.status]
    return format_html(
        '<span class="badge status status-{}">{}{}</span>',
        colour,
        icon(sign),
        Status(order.status).label,
    )
