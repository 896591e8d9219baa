"""Customers who come from elsewhere, with what they held there."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from orders import ledger
from orders.models import Customer


class InUse(Exception):
    """The account moved since it was opened; nothing was taken back."""

    def __init__(self) -> None:
        super().__init__(_("The balance has moved since: it stays as it is."))


@transaction.atomic
def open_account(
    *,
    name: str,
    balance: Decimal,
    cause: str,
    actor: str,
    discount: Decimal = Decimal(0),
    country: str = "",
    group: str = "",
) -> Customer:
    """A new customer; a ``balance`` above 0 stands in the book as their opening entry.

    Raises AlreadyBooked (of orders.ledger) when ``cause`` was used; then nothing was opened.
    """
    customer = Customer.objects.create(name=name, discount=discount, country=country, group=group)
    if balance:
        ledger.opening(customer, balance, cause=cause, reason="", actor=actor)
        customer.refresh_from_db()
    return customer


@transaction.atomic
def take_back(customer_id: int, *, cause: str, reason: str, actor: str) -> Decimal:
    """Take an opening balance out again while nothing else moved, and suspend the account.

    Returns what was taken. Raises InUse; then nothing has happened.
    """
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    if customer.last_number != (1 if customer.balance else 0):
        raise InUse
    taken = customer.balance
    if taken:
        ledger.opening(customer, -taken, cause=cause, reason=reason, actor=actor)
    Customer.objects.filter(pk=customer_id).update(status=Customer.Status.SUSPENDED)
    return taken
