"""Telling a gateway of a payment that stands in our book already."""

from dataclasses import dataclass

from orders import payments
from orders.models import Payment, PaymentMethod
from panel.gateways.protocol import Intent
from panel.gateways.registry import gateway_of
from panel.paying.addresses import page_of, webhook_of
from panel.paying.synchronising import synchronise


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as the gateway may know them."""

    email: str
    language: str
    brand: str


def tell(payment_id: int, payer: Payer) -> None:
    """Let the gateway know of an open payment, and note where the customer pays.

    Once told it is not told again; after a lost answer simply call it once more. Raises
    GatewayFailed, and PaymentRefused when the gateway answers with another payment.
    """
    payment = Payment.objects.select_related("method").get(pk=payment_id)
    method = payment.method
    if method is None or not payment.is_open or payment.redirect_url or payment.instructions:
        return
    gateway = gateway_of(method)
    created = gateway.create(_intent(payment, method, payer))
    payments.note_created(
        payment.pk,
        reference=created.reference,
        redirect_url=created.redirect_url,
        instructions=created.instructions,
        expires_at=created.expires_at,
    )
    if not (gateway.is_hosted or gateway.is_confirmed_by_staff):
        synchronise(payment.pk)


def _intent(payment: Payment, method: PaymentMethod, payer: Payer) -> Intent:
    page = page_of(payment)
    return Intent(
        token=str(payment.token),
        amount=payment.pay_amount,
        currency=payment.pay_currency,
        description=f"{payer.brand} {payment.pk}",
        return_url=page,
        cancel_url=f"{page}?canceled=1",
        webhook_url=webhook_of(method.pk),
        customer_email=payer.email,
        language=payer.language,
    )
