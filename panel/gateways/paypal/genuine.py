"""Whether a webhook came from PayPal: PayPal itself is asked ("Verify webhook signature")."""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from panel.gateways import signing
from panel.gateways.paypal.client import Client
from panel.gateways.protocol import BadSignature, GatewayFailed

VERIFY = ("v1", "notifications", "verify-webhook-signature")
HEADERS = {
    "auth_algo": "PAYPAL-AUTH-ALGO",
    "cert_url": "PAYPAL-CERT-URL",
    "transmission_id": "PAYPAL-TRANSMISSION-ID",
    "transmission_sig": "PAYPAL-TRANSMISSION-SIG",
    "transmission_time": "PAYPAL-TRANSMISSION-TIME",
}
HEADER_MAX = 500
ASKING_MAX = 2
"""Questions of one process at a time. PayPal sends again what was turned away meanwhile."""
REDELIVERY_MAX_S = 4 * 24 * 3_600
"""PayPal repeats a message for three days; that it is old proves nothing against it."""

_asking = threading.BoundedSemaphore(ASKING_MAX)


def require_genuine(
    client: Client, webhook_id: str, body: bytes, headers: Mapping[str, str]
) -> dict[str, Any]:
    """The event that the body is. Raises BadSignature, or GatewayFailed when PayPal cannot say.

    What can be seen to be wrong here costs no call.
    """
    event = signing.object_in(body)
    signed = {name: signing.only_header(headers, header) for name, header in HEADERS.items()}
    if any(len(value) > HEADER_MAX or "," in value for value in signed.values()):
        raise BadSignature("A header of the signature is too long, or there twice.")
    sent_at = _moment(signed["transmission_time"])
    signing.require_fresh(sent_at.timestamp(), age_max_s=REDELIVERY_MAX_S)
    if not webhook_id:
        raise BadSignature("No webhook ID was filled in.")
    _ask(client, {**signed, "webhook_id": webhook_id}, body)
    return event


def _ask(client: Client, fields: Mapping[str, str], body: bytes) -> None:
    # PayPal signed these very bytes: written anew, the same object may fail. That they are one
    # whole JSON object is known by now, so nothing can be smuggled into the question.
    question = json.dumps(fields)[:-1].encode() + b', "webhook_event": ' + body + b"}"
    # Anybody may send us such a message: it must not take all the threads that serve customers.
    if not _asking.acquire(blocking=False):
        raise GatewayFailed("Too many messages are being shown to PayPal.")
    try:
        answer = client.send("POST", *VERIFY, body=question)
    finally:
        _asking.release()
    if answer.status in (400, 422):
        raise BadSignature("PayPal cannot read the signature.")
    status = answer.document().get("verification_status")
    if not answer.is_success or status not in ("SUCCESS", "FAILURE"):
        raise GatewayFailed(f"PayPal did not say whether it sent this: HTTP {answer.status}.")
    if status == "FAILURE":
        raise BadSignature("PayPal did not send this.")


def _moment(text: str) -> datetime:
    with signing.as_bad(ValueError):
        moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        raise BadSignature("The signature names no moment.")
    return moment
