"""The menu of the back-office: one table, in the order in which an operator's day goes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from panel.backoffice.rights import Right


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu. ``also``: how the addresses of the pages below it begin."""

    name: str
    sign: str
    title: Any
    right: Right
    also: tuple[str, ...] = ()

    def is_at(self, address: str) -> bool:
        """Whether the page with this address name belongs to the line."""
        return address == self.name or address.startswith(self.also)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together; the first group needs no title."""

    title: Any
    items: tuple[Item, ...]


_MONEY = (
    Item("staff_payments", "credit-card", _("Payments"), Right.PAYMENTS, ("staff_payment",)),
    Item("staff_methods", "wallet", _("Payment methods"), Right.METHODS, ("staff_method",)),
    Item("staff_bonuses", "sparkles", _("Bonuses and codes"), Right.METHODS,
         ("staff_bonus", "staff_new_bonus", "staff_new_promo", "staff_vouchers",
          "staff_new_vouchers")),
    Item("staff_invoices", "file-text", _("Invoices"), Right.PAYMENTS,
         ("staff_invoice", "staff_selling", "staff_seller")),
    Item("staff_approvals", "circle-check", _("Second person"), Right.FUNDS),
    Item("staff_reports", "trending-up", _("Reports"), Right.REPORTS),
    Item("staff_proof", "shield-check", _("Proof of the book"), Right.PROOF),
    Item("staff_reconciling", "repeat", _("Provider balances"), Right.PROOF,
         ("staff_reconciled_day",)),
)  # fmt: skip
GROUPS: tuple[Group, ...] = (
    Group("", (
        Item("staff_overview", "chart-bar", _("Overview"), Right.OVERVIEW),
        Item("staff_attention", "alert-triangle", _("Needs a person"), Right.ORDERS,
             ("staff_brake", "staff_doubt")),
        Item("staff_orders", "list-details", _("Orders"), Right.ORDERS,
             ("staff_order", "staff_bulk_work", "staff_act", "staff_failures")),
        Item("staff_requests", "refresh", _("Requests"), Right.ORDERS, ("staff_act_on_request",)),
        Item("staff_customers", "user", _("Customers"), Right.CUSTOMERS,
             ("staff_customer", "staff_funds")),
    )),
    Group(_("Catalogue"), (
        Item("staff_services", "category", _("Services"), Right.CATALOGUE,
             ("staff_service", "staff_bulk", "staff_categor", "staff_new_category", "staff_costs",
              "staff_price_news")),
        Item("staff_import", "download", _("Import"), Right.CATALOGUE_CHANGE, ("staff_import",)),
        Item("staff_providers", "world", _("Providers"), Right.PROVIDERS,
             ("staff_provider", "staff_sync", "staff_new_provider", "staff_edit_provider",
              "staff_plan")),
        Item("staff_policy", "ban", _("Policy"), Right.POLICY,
             ("staff_rule", "staff_new_rule", "staff_paste_rules", "staff_try_policy")),
    )),
    Group(_("Money"), _MONEY),
    Group(_("Panel"), (
        Item("staff_content", "news", _("Content"), Right.CONTENT,
             ("staff_text", "staff_new_text", "staff_letter")),
        Item("staff_settings", "settings", _("Settings"), Right.SETTINGS),
        Item("staff_people", "users", _("Staff"), Right.STAFF, ("staff_take_in",)),
        Item("staff_audit", "history", _("Audit trail"), Right.AUDIT),
    )),
)  # fmt: skip


def open_to(rights: frozenset[Right]) -> Iterator[Group]:
    """The groups with what these rights open; a group without a line is left out."""
    for group in GROUPS:
        items = tuple(item for item in group.items if item.right in rights)
        if items:
            yield Group(group.title, items)


def at(address: str) -> str:
    """The name of the line that a page belongs to; the most particular beginning wins."""
    exact = [item for group in GROUPS for item in group.items if item.name == address]
    found = exact or [item for group in GROUPS for item in group.items if item.is_at(address)]
    longest = max(found, key=lambda item: _fit(item, address), default=None)
    return longest.name if longest else ""


def _fit(item: Item, address: str) -> int:
    return max((len(start) for start in item.also if address.startswith(start)), default=0)
