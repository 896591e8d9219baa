"""What gateways tell us: taken in once, believed in nothing but "look at this payment"."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import timedelta

from orders.models import GatewayEvent, Payment, PaymentMethod
from orders.money import plain
from orders.payments import Applied, doubting, inbox
from panel.clock import database_now
from panel.gateways.protocol import BadSignature, Gateway, Notice
from panel.paying.synchronising import synchronise

EARLY_S = 120  # a message may overtake the answer that names its payment


class TooEarly(Exception):
    """It may be about a payment that is just being opened: let the gateway come again."""


def take_in(
    method: PaymentMethod, gateway: Gateway, body: bytes, headers: Mapping[str, str]
) -> None:
    """Verify a message and act on every notice in it that was not acted on before.

    Raises BadSignature (it is counted), GatewayFailed and TooEarly; nothing follows from it then.
    """
    digest = hashlib.sha256(body).hexdigest()
    for notice in _verified(method, gateway, body, headers):
        event = inbox.receive(method.pk, notice.event_id, digest=digest)
        if event is not None:
            act(method, event, notice)


def act(method: PaymentMethod, event: GatewayEvent, notice: Notice) -> None:
    """Look at the payment that a verified notice names. Raises GatewayFailed and TooEarly."""
    payment = _payment_of(method, notice)
    if payment is not None:
        applied = synchronise(payment.pk, named=notice.reference)
        if applied is None:
            raise TooEarly
        outcome = f"{notice.about}: {_words(applied)}"
        inbox.conclude(event, payment_id=payment.pk, outcome=outcome)
        return
    subject = notice.reference or notice.merchant_reference
    if subject and _one_is_being_opened(method):
        raise TooEarly
    if subject:
        doubting.note_stranger(method.pk, subject, evidence=notice.about)
    outcome = f"{notice.about}: " + ("no payment of ours" if subject else "not about a payment")
    inbox.conclude(event, payment_id=None, outcome=outcome)


def _verified(
    method: PaymentMethod, gateway: Gateway, body: bytes, headers: Mapping[str, str]
) -> list[Notice]:
    try:
        return gateway.verify(body, headers)
    except BadSignature as forgery:
        doubting.count_forged(method.pk, evidence=str(forgery), now=database_now())
        raise


def _payment_of(method: PaymentMethod, notice: Notice) -> Payment | None:
    """The payment that is meant, if it is this method's."""
    found = Payment.objects.filter(method=method)
    if notice.reference:
        named = found.filter(gateway=method.gateway, reference=notice.reference).first()
        if named is not None:
            return named
    token = _token(notice.merchant_reference)
    return found.filter(token=token).first() if token else None


def _one_is_being_opened(method: PaymentMethod) -> bool:
    since = database_now() - timedelta(seconds=EARLY_S)
    fresh = Payment.objects.filter(method=method, created_at__gte=since, redirect_url="")
    return fresh.filter(status=Payment.Status.OPEN).exists()


def _words(applied: Applied) -> str:
    """What came of it, for the timeline."""
    moved = {"credited": applied.credited, "taken back": applied.taken}
    told = [f"{name} {plain(amount)}" for name, amount in moved.items() if amount]
    return ", ".join([applied.status, *told, *([f"doubt: {applied.doubt}"] * bool(applied.doubt))])


def _token(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
