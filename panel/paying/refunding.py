"""Sending money back through the gateway that it came by.

The row exists, and the balance is less by it, before the gateway is asked; the row's token is
the key by which the gateway pays once, however often it is asked.
"""

import time

from orders import payments
from orders.models import PaymentRefund
from panel.clock import database_now
from panel.gateways.protocol import GatewayFailed, RefundOutcome, RefundState
from panel.gateways.registry import gateway_of

UNFINISHED_MAX = 100  # refunds of one tick
ROUND_S = 60  # and one question more


def pay_back(refund_id: int) -> PaymentRefund:
    """Ask the gateway to pay, or what became of it, and note the answer."""
    refund = PaymentRefund.objects.select_related("payment__method").get(pk=refund_id)
    outcome = _asked(refund)
    answer = " ".join(part for part in (outcome.evidence, outcome.claim_url) if part)
    return payments.finish_refund(
        refund_id,
        str(outcome.state),
        now=database_now(),
        reference=outcome.reference,
        answer=answer,
    )


def ask_about_unfinished() -> int:
    """Ask again, with the same key, about refunds whose end nobody knows; answers how many."""
    began, asked = time.monotonic(), 0
    for refund in payments.unfinished(limit=UNFINISHED_MAX):
        if time.monotonic() - began > ROUND_S:
            break
        pay_back(refund.pk)
        asked += 1
    return asked


def _asked(refund: PaymentRefund) -> RefundOutcome:
    payment = refund.payment
    if payment.method is None:
        return RefundOutcome(state=RefundState.REFUSED, evidence="It came by no method.")
    try:
        gateway = gateway_of(payment.method)
    except GatewayFailed as failure:
        return RefundOutcome(state=RefundState.UNKNOWN, evidence=str(failure))
    return gateway.refund(
        payment.reference, refund.pay_amount, payment.pay_currency, key=str(refund.token)
    )
