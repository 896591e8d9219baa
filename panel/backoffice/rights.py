"""What each role of the staff may see and do: one table."""

from enum import StrEnum

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
    AUDIT = "audit"
    STAFF = "staff"


ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.SUPPORT: frozenset(
        {
            *(Right.OVERVIEW, Right.ORDERS, Right.ORDERS_CHANGE, Right.RESOLVE, Right.REFUND),
            *(Right.CUSTOMERS, Right.CUSTOMERS_CHANGE),
        }
    ),
    Role.FINANCE: frozenset(
        {
            *(Right.OVERVIEW, Right.FIGURES, Right.ORDERS, Right.REFUND, Right.EXPORT, Right.AUDIT),
            *(Right.PROVIDERS, Right.CATALOGUE, Right.CUSTOMERS, Right.TERMS, Right.FUNDS),
        }
    ),
}


def rights_of(user: User) -> frozenset[Right]:
    """What this person may; nothing for those who are switched off or no staff."""
    if not (user.is_active and user.is_staff):
        return frozenset()
    return ROLE_RIGHTS.get(Role.OWNER if user.is_superuser else user.role, frozenset())
