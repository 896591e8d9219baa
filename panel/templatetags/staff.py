"""What pages of the staff show: states by their own names, those that customers never read too."""

import re
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orders.lifecycle import Status
from orders.models import Order, Review
from panel.backoffice import menu
from panel.backoffice.rights import Right
from panel.context import storefront_of
from panel.models import FundsRequest
from panel.templatetags.weir import BADGES, icon

register = template.Library()
QUESTIONS_COUNTED_MAX = 1_000

OWN: dict[str, tuple[str, str]] = {
    Status.SUBMITTING: ("azure", "rocket"),
    Status.UNCONFIRMED: ("orange", "alert-triangle"),
}


_COSTS = re.compile(r"""(["']?(?:charge|balance)["']?\s*[:=]\s*["']?|It would cost )[-0-9.,]+""")


@register.filter
def told_to(text: str, rights: frozenset[Right]) -> str:
    """What was said about an order, without what it costs us for those who may not see that."""
    return text if Right.FIGURES in rights else _COSTS.sub(r"\1…", text)


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


@register.simple_tag(takes_context=True)
def staff_menu(context: dict[str, Any]) -> list[menu.Group]:
    """The groups of the menu with the pages that this person may open."""
    return list(menu.open_to(context["request"].staff.rights))


@register.simple_tag
def menu_at(address: str) -> str:
    """The line of the menu that the page belongs to."""
    return menu.at(address)


@register.simple_tag(takes_context=True)
def menu_count(context: dict[str, Any], name: str) -> int:
    """What waits behind a line of the menu; 0 for lines that count nothing."""
    if name == "staff_attention":
        return Review.objects.filter(resolved_at=None).values("pk")[:QUESTIONS_COUNTED_MAX].count()
    return approvals_waiting(context) if name == "staff_approvals" else 0


def approvals_waiting(context: dict[str, Any]) -> int:
    """How many moves of money wait for this person's word; not asked where one is enough."""
    request = context["request"]
    if storefront_of(request).second_person_above is None:
        return 0
    waiting = FundsRequest.objects.filter(state="waiting", lapses_at__gt=timezone.now())
    return waiting.exclude(asked_by=request.user.pk).count()
