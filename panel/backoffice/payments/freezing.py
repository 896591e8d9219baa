"""Why a customer is frozen whose money went back, and whether they could go on."""

from dataclasses import dataclass

from orders.models import Customer, Payment, PaymentDoubt
from orders.payments import freezing

PAYMENTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Frozen:
    """``payments`` are those that went back after they were spent, the latest first."""

    customer: Customer
    payments: list[Payment]
    is_covered: bool


def frozen_by_payments(customer: Customer) -> Frozen | None:
    """None for who is not frozen, or was frozen by staff for a reason of their own."""
    if customer.status != Customer.Status.FROZEN:
        return None
    reversed_ones = PaymentDoubt.objects.filter(
        payment__customer=customer, reason=PaymentDoubt.Reason.REVERSED
    )
    found = Payment.objects.filter(pk__in=reversed_ones.values("payment")).order_by("-pk")
    payments = list(found[:PAYMENTS_SHOWN])
    return Frozen(customer, payments, freezing.is_covered(customer)) if payments else None
