"""What staff agree with a customer: discount, rates of their own, whether they may spend, and
funds given or taken by hand.
"""

from decimal import Decimal
from typing import Any

from django.db import transaction

from orders import ledger
from orders.models import Customer, CustomerRate, LedgerEntry


@transaction.atomic
def set_terms(
    customer_id: int, *, discount: Decimal, credit_limit: Decimal, country: str, group: str
) -> dict[str, Any]:
    """Percent off every rate, how far below zero spending may go, and what decides about taxes
    and payment methods: country and group. The old values of what changed."""
    return _write(
        customer_id, discount=discount, credit_limit=credit_limit, country=country, group=group
    )


@transaction.atomic
def raise_credit_limit(customer_id: int, amount: Decimal) -> Decimal:
    """Let spending go ``amount`` further below zero; the limit before."""
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    before: Decimal = customer.credit_limit
    _write(customer_id, credit_limit=before + amount)
    return before


@transaction.atomic
def set_status(customer_id: int, status: str) -> dict[str, Any]:
    """Let somebody spend or not (``Customer.Status``); the old value if it changed."""
    return _write(customer_id, status=Customer.Status(status).value)


@transaction.atomic
def set_own_rate(customer_id: int, service_id: int, rate: Decimal | None) -> Decimal | None:
    """A rate for this customer alone, above 0; None takes it away. Returns the one before."""
    Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    own = CustomerRate.objects.filter(customer_id=customer_id, service_id=service_id)
    old = own.values_list("rate", flat=True).first()
    if rate is None:
        own.delete()
    elif old is None:
        CustomerRate.objects.create(customer_id=customer_id, service_id=service_id, rate=rate)
    else:
        own.update(rate=rate)
    return old


@transaction.atomic
def adjust_funds(
    customer_id: int, amount: Decimal, *, cause: str, reason: str, actor: str
) -> LedgerEntry:
    """Give funds, or take them (negative): never more than there are.

    Raises InsufficientBalance or AlreadyBooked (of orders.ledger); then nothing was booked.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    if amount < 0 and customer.balance + amount < 0:
        raise ledger.InsufficientBalance
    return ledger.adjust(customer, amount, cause=cause, reason=reason, actor=actor)


def _write(customer_id: int, **columns: Any) -> dict[str, Any]:
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    old = {name: getattr(customer, name) for name in columns}
    changed = {name: value for name, value in old.items() if value != columns[name]}
    for name in changed:
        setattr(customer, name, columns[name])
    if changed:
        customer.save(update_fields=list(changed))
    return changed
