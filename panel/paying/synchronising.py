"""Asking a gateway how a payment stands, and letting the trade draw its conclusion.

Webhook, return page and clock all come through here: whoever is first, whoever comes again, the
same thing follows. No transaction is open while the gateway is asked.
"""

import time

import structlog

from orders import payments
from orders.models import Payment
from orders.payments import Applied
from panel.clock import database_now
from panel.gateways.protocol import Gateway, GatewayFailed
from panel.gateways.registry import gateway_of

log = structlog.get_logger(__name__)

ROUND_S = 60  # and one question more: well below the time limit of a task


def synchronise(payment_id: int, *, named: str = "") -> Applied | None:
    """Ask the payment's gateway and apply what it says; None where there is nobody to ask.

    ``named`` is the gateway's id of a payment whose opening answer never arrived here. Raises
    GatewayFailed; then nothing has changed.
    """
    payment = Payment.objects.select_related("method").get(pk=payment_id)
    gateway = gateway_of(payment.method) if payment.method else None
    if gateway is None or gateway.is_confirmed_by_staff:
        return None
    reference = payment.reference if _is_told(payment, gateway) else named
    if not reference:
        return None
    asked_at = database_now()
    standing = gateway.fetch(reference, may_collect=payment.is_open)
    return payments.apply_standing(payment_id, standing, now=asked_at)


def check_due() -> int:
    """Ask about the payments whose time has come; answers how many were asked about.

    A method whose gateway does not answer is left alone until the next time, so that it does not
    use up the time of the others. Whoever was not asked comes again.
    """
    began, asked, silent = time.monotonic(), 0, set[int | None]()
    due = Payment.objects.filter(pk__in=payments.due_checks(database_now()))
    for payment_id, method_id in due.order_by("pk").values_list("pk", "method_id"):
        if time.monotonic() - began > ROUND_S:
            break
        if method_id not in silent:
            asked += 1
            if not _is_answered(payment_id):
                silent.add(method_id)
    return asked


def _is_answered(payment_id: int) -> bool:
    """False when the gateway said nothing; a refusal is an answer about this payment alone."""
    try:
        synchronise(payment_id)
    except GatewayFailed as failure:
        log.info("payment_not_checked", payment=payment_id, reason=str(failure))
        return failure.is_refusal
    return True


def _is_told(payment: Payment, gateway: Gateway) -> bool:
    """Whether the gateway answered when it was told of the payment."""
    return bool(payment.redirect_url) or not gateway.is_hosted
