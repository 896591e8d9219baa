"""What each role of the staff may see and do: one table."""

from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from panel.models import Role, User


class Right(StrEnum):
    """One thing that a person of the staff may see or do."""

    OVERVIEW = "overview"
    FIGURES = "figures"
    """Cost, profit and what providers hold of ours."""
    ORDERS = "orders"
    ORDERS_CHANGE = "orders_change"
    RESOLVE = "resolve"
    REFUND = "refund"
    EXPORT = "export"
    PROVIDERS = "providers"
    PROVIDERS_CHANGE = "providers_change"
    CATALOGUE = "catalogue"
    """Services with what they cost us."""
    CATALOGUE_CHANGE = "catalogue_change"
    CUSTOMERS = "customers"
    CUSTOMERS_CHANGE = "customers_change"
    """Suspend and activate."""
    TERMS = "terms"
    """A customer's discount and own rates."""
    FUNDS = "funds"
    """Give or take funds by hand."""
    LOG_IN_AS = "log_in_as"
    """See the dashboard as a customer sees it."""
    PAYMENTS = "payments"
    PAYMENTS_CHANGE = "payments_change"
    """Confirm, reject and pay back."""
    METHODS = "methods"
    """Payment methods with their credentials, bonuses, codes, vouchers, taxes."""
    REPORTS = "reports"
    PROOF = "proof"
    """The proof of the book, and what providers took against what orders cost."""
    POLICY = "policy"
    CONTENT = "content"
    """News, questions, pages and texts."""
    SETTINGS = "settings"
    AUDIT = "audit"
    STAFF = "staff"


TITLES: dict[Right, Any] = {
    Right.OVERVIEW: _("see the overview"),
    Right.FIGURES: _("see cost and profit"),
    Right.ORDERS: _("see orders"),
    Right.ORDERS_CHANGE: _("hold and release orders"),
    Right.RESOLVE: _("answer what needs a person"),
    Right.REFUND: _("refund orders"),
    Right.EXPORT: _("export"),
    Right.PROVIDERS: _("see providers"),
    Right.PROVIDERS_CHANGE: _("change providers"),
    Right.CATALOGUE: _("see services with their cost"),
    Right.CATALOGUE_CHANGE: _("change services"),
    Right.CUSTOMERS: _("see customers"),
    Right.CUSTOMERS_CHANGE: _("suspend customers"),
    Right.TERMS: _("set discounts and own rates"),
    Right.FUNDS: _("give and take funds"),
    Right.LOG_IN_AS: _("log in as a customer"),
    Right.PAYMENTS: _("see payments"),
    Right.PAYMENTS_CHANGE: _("confirm, reject and pay back payments"),
    Right.METHODS: _("set payment methods, bonuses and taxes"),
    Right.REPORTS: _("see reports"),
    Right.PROOF: _("see the proof of the book"),
    Right.POLICY: _("set policy rules"),
    Right.CONTENT: _("write news, questions and pages"),
    Right.SETTINGS: _("change settings and brand"),
    Right.AUDIT: _("read the audit trail"),
    Right.STAFF: _("change the staff"),
}
ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.SUPPORT: frozenset(
        {
            *(Right.OVERVIEW, Right.ORDERS, Right.ORDERS_CHANGE, Right.RESOLVE, Right.REFUND),
            *(Right.CUSTOMERS, Right.CUSTOMERS_CHANGE, Right.LOG_IN_AS, Right.PAYMENTS),
            *(Right.POLICY, Right.CONTENT),
        }
    ),
    Role.FINANCE: frozenset(
        {
            *(Right.OVERVIEW, Right.FIGURES, Right.ORDERS, Right.REFUND, Right.EXPORT, Right.AUDIT),
            *(Right.PROVIDERS, Right.CATALOGUE, Right.CUSTOMERS, Right.TERMS, Right.FUNDS),
            *(Right.PAYMENTS, Right.PAYMENTS_CHANGE, Right.METHODS, Right.REPORTS, Right.PROOF),
        }
    ),
}


def rights_of(user: User) -> frozenset[Right]:
    """What this person may; nothing for those who are switched off or no staff."""
    if not (user.is_active and user.is_staff):
        return frozenset()
    return ROLE_RIGHTS.get(Role.OWNER if user.is_superuser else user.role, frozenset())
