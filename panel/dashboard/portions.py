"""Orders that are served bit by bit: drip-feed in runs, subscriptions for each new post.

The protocol knows no pause, so none is offered: what can be done is to cancel.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import BooleanField, Count, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from orders.lifecycle import OPEN, Status
from orders.models import Customer, Order
from panel.dashboard.access import for_customers
from panel.dashboard.orders import COUNTED_MAX, Tab, lines, own_orders
from panel.pager import by_key

# Written out and without parameters, so that the partial indexes can be used.
IN_PORTIONS = "orders_order.runs > 1"
SUBSCRIBED = "orders_order.inputs ? 'delay'"

Tabs = Mapping[str, tuple[Any, tuple[str, ...]]]
DRIP_TABS: Tabs = {
    "": (_("All"), ()),
    "active": (_("Active"), tuple(OPEN)),
    "completed": (_("Completed"), (Status.COMPLETED, Status.EXPIRED)),
    "canceled": (_("Canceled"), (Status.PARTIAL, Status.CANCELED)),
}
SUBSCRIPTION_TABS: Tabs = {
    "": (_("All"), ()),
    "active": (_("Active"), tuple(OPEN - {Status.PAUSED})),
    "paused": (_("Paused"), (Status.PAUSED,)),
    "completed": (_("Completed"), (Status.COMPLETED, Status.PARTIAL)),
    "expired": (_("Expired"), (Status.EXPIRED,)),
    "canceled": (_("Canceled"), (Status.CANCELED,)),
}


@require_safe
@for_customers
def dripfeed(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Orders in runs: how many are done, how long between two."""
    return _show(request, _only(customer, IN_PORTIONS), DRIP_TABS, "dripfeed")


@require_safe
@for_customers
def subscriptions(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Orders for posts to come: how many were served, with which delay, until when."""
    return _show(request, _only(customer, SUBSCRIBED), SUBSCRIPTION_TABS, "subscriptions")


def _only(customer: Customer, condition: str) -> QuerySet[Order]:
    return own_orders(customer).filter(RawSQL(condition, [], BooleanField()))  # noqa: S611


def _show(request: HttpRequest, found: QuerySet[Order], tabs: Tabs, page: str) -> HttpResponse:
    chosen = request.GET.get("status", "")
    chosen = chosen if chosen in tabs else ""
    wanted = found.filter(status__in=tabs[chosen][1]) if chosen else found
    pager = by_key(wanted, request.GET)
    context = {
        "pager": pager,
        "lines": lines(pager.rows),
        "tabs": _counted(found, tabs, chosen),
        "tab": chosen,
        "counted_max": COUNTED_MAX,
    }
    return render(request, f"dashboard/{page}.html", context)


def _counted(found: QuerySet[Order], tabs: Tabs, chosen: str) -> list[Tab]:
    """Each heading with how many of the latest COUNTED_MAX orders stand under it."""
    latest = found.select_related(None).order_by("-pk").values("pk")[:COUNTED_MAX]
    by_status = Order.objects.filter(pk__in=latest).order_by().values_list("status")
    counts = dict(by_status.annotate(count=Count("pk")))
    return [
        Tab(code, title, sum(counts.get(s, 0) for s in states or counts), code == chosen)
        for code, (title, states) in tabs.items()
    ]
