"""The documentation of API v2, rendered from the table of order types."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders.order_types import ORDER_TYPES
from panel import shelves
from panel.context import storefront_of

KEY_SHOWN = "YOUR_API_KEY"
IDS_MAX = 100


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the protocol: its parameters and what it answers."""

    name: str
    title: str
    parameters: tuple[tuple[str, str], ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Example:
    """A program that runs as it stands once the key is filled in."""

    language: str
    title: str
    text: str


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    address = request.build_absolute_uri(reverse("api_v2"))
    context = {
        "address": address,
        "types": ORDER_TYPES.values(),
        "actions": _actions(storefront_of(request).currency),
        "examples": examples(address, key=KEY_SHOWN, service_id=_some_service()),
        "ids_max": IDS_MAX,
    }
    return render(request, "storefront/api_docs.html", context)


def examples(address: str, *, key: str, service_id: int) -> list[Example]:
    """The same small program in each language: list, balance, order, status."""
    context = {"address": address, "key": key, "service": service_id}
    rows = (
        ("php", "PHP", "storefront/examples/order.php"),
        ("python", "Python", "storefront/examples/order.py.txt"),
        ("curl", "curl", "storefront/examples/order.sh"),
        ("javascript", "JavaScript", "storefront/examples/order.mjs"),
    )
    return [Example(code, title, render_to_string(path, context)) for code, title, path in rows]


def _some_service() -> int:
    """A service that the examples can order: the first one that asks for link and quantity."""
    found = shelves.for_sale().filter(type="Default").values_list("pk", flat=True).first()
    return found or 1


def _actions(currency: str) -> list[Action]:
    order = ("order", _("Order id"))
    orders = ("orders", _("Order ids, separated by commas (up to %s)") % IDS_MAX)
    rows: tuple[tuple[Any, ...], ...] = (
        ("services", _("List of services"), (), _SERVICES),
        ("status", _("Status of an order"), (order,), _STATUS),
        ("status", _("Status of many orders"), (orders,), _STATUSES),
        ("refill", _("Ask for a refill"), (order,), '{"refill": "1"}'),
        ("refill", _("Ask for many refills"), (orders,), _REFILLS),
        ("refill_status", _("Status of a refill"), (("refill", _("Refill id")),), _REFILL_STATUS),
        ("refill_status", _("Status of many refills"), (("refills", orders[1]),), _REFILL_STATUSES),
        ("cancel", _("Ask to cancel"), (orders,), _CANCELS),
        ("balance", _("Your balance"), (), '{"balance": "100.84292", "currency": "USD"}'),
    )
    common = (("key", _("Your API key")),)
    return [
        Action(name, title, (*common, ("action", name), *more), text.replace("USD", currency))
        for name, title, more, text in rows
    ]


_SERVICES = """[
  {
    "service": 1, "name": "Visits", "type": "Default", "category": "Traffic",
    "rate": "0.90", "min": "50", "max": "10000", "refill": true, "cancel": true
  }
]"""
_STATUS = """{
  "charge": "0.27819", "start_count": "3572", "status": "Partial",
  "remains": "157", "currency": "USD"
}"""
_STATUSES = """{
  "1": {
    "charge": "0.27819", "start_count": "3572", "status": "Partial",
    "remains": "157", "currency": "USD"
  },
  "10": {"error": "Incorrect order ID"}
}"""
_REFILLS = """[
  {"order": 1, "refill": 1},
  {"order": 3, "refill": {"error": "Incorrect order ID"}}
]"""
_REFILL_STATUS = '{"status": "Completed"}'
_REFILL_STATUSES = """[
  {"refill": 1, "status": "Completed"},
  {"refill": 3, "status": {"error": "Refill not found"}}
]"""
_CANCELS = """[
  {"order": 9, "cancel": {"error": "Incorrect order ID"}},
  {"order": 2, "cancel": 1}
]"""
