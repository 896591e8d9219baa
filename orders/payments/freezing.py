"""Customers whose money went back after it was spent: frozen by a machine, let go by a person."""

from django.db import transaction
from django.db.models import F

from orders.models import Customer, Payment, PaymentDoubt
from orders.money import plain
from orders.payments import doubting
from orders.payments.refusal import locked

ASKED_MAX = 1_000
"""Customers of one tick."""
_REVERSED = PaymentDoubt.Reason.REVERSED


def is_covered(customer: Customer) -> bool:
    """Whether a customer owes no more than they may."""
    return customer.balance >= -customer.credit_limit


def freeze_unless_covered(payment: Payment) -> None:
    """What was taken back had been spent: nothing more is, until a person has looked."""
    customer = Customer.objects.get(pk=payment.customer_id)
    if is_covered(customer):
        return
    active = Customer.objects.filter(pk=customer.pk, status=Customer.Status.ACTIVE)
    active.update(status=Customer.Status.FROZEN)
    doubting.ask(payment, _REVERSED, f"{_told(customer).capitalize()}.")


def ask_about_covered(*, limit: int = ASKED_MAX) -> int:
    """Put those before a person who were frozen like that and owe no more than they may by now,
    whatever covered it: a dispute that was won, a payment, a refund. How many are asked about.
    """
    covered = PaymentDoubt.objects.filter(
        reason=_REVERSED,
        payment__customer__status=Customer.Status.FROZEN,
        payment__customer__balance__gte=-F("payment__customer__credit_limit"),
    )
    latest = covered.order_by("payment__customer", "-id").distinct("payment__customer")
    found = list(latest.values_list("payment_id", flat=True)[:limit])
    return sum(_ask(payment_id) for payment_id in found)


@transaction.atomic
def _ask(payment_id: int) -> bool:
    payment = locked(payment_id)
    customer = Customer.objects.get(pk=payment.customer_id)
    if customer.status != Customer.Status.FROZEN or not is_covered(customer):
        return False
    told = f"Covered again: {_told(customer)}. The customer is still frozen."
    return doubting.ask(payment, _REVERSED, told)


def _told(customer: Customer) -> str:
    return f"after entry {customer.last_number} the balance is {plain(customer.balance)}"
