"""How payments are refused, and how one is locked."""

from orders.models import Payment


class PaymentRefused(Exception):
    """This payment cannot be opened, settled or paid back like that; nothing was booked."""


def locked(payment_id: int) -> Payment:
    """The payment, under its lock until the transaction ends: before any customer's lock."""
    return Payment.objects.select_for_update(of=("self",), no_key=True).get(pk=payment_id)
