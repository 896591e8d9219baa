"""Messages as the gateways send them, written down once with their test signatures.

`python -m tests.gateways.recording` writes them anew, into payloads/. They are kept as files so
that a change of our code, or of a gateway's library, meets the same bytes again.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.gateways.standins import btcpay, paypal, stripe

FOLDER = Path(__file__).parent / "payloads"
RECORDED_AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "0b7e4d1c-6a50-4f0e-9a3c-2f1f6f0d9e11"
ORDER = "5O190127TN364715T"
INVOICE = "WkYvLcXfzCEmQmJbqDbDEw"
SESSION = "cs_test_a1b2c3d4e5f6"


def load(name: str) -> tuple[bytes, dict[str, str]]:
    """The body of a recorded message, and the headers it came with."""
    return (FOLDER / f"{name}.json").read_bytes(), json.loads(
        (FOLDER / f"{name}.headers.json").read_text()
    )


def write_all() -> None:
    moment = int(RECORDED_AT.timestamp())
    for name, body in _stripe(moment).items():
        _write(name, body, stripe.signed(body, at=moment))
    for name, body in _paypal().items():
        _write(name, body, paypal.signed(body, at=RECORDED_AT))
    for name, body in _btcpay(moment).items():
        _write(name, body, btcpay.signed(body))


def _stripe(moment: int) -> dict[str, bytes]:
    session = {
        "id": SESSION, "object": "checkout.session", "amount_total": 2550, "currency": "eur",
        "client_reference_id": TOKEN, "metadata": {"weir_payment": TOKEN}, "mode": "payment",
        "payment_intent": "pi_3MtwBwLkdIwHu7ix28a3tqPa", "payment_status": "paid",
        "status": "complete", "livemode": False, "customer_details": {"name": "Zoë Müller"},
    }  # fmt: skip
    kinds = ("checkout.session.completed", "checkout.session.expired")
    return {
        f"stripe.{kind}": _event(f"evt_{at}", moment, kind, session)
        for at, kind in enumerate(kinds)
    }


def _event(event_id: str, moment: int, kind: str, thing: dict[str, Any]) -> bytes:
    document = {
        "id": event_id, "object": "event", "api_version": "2026-10-28.endive", "created": moment,
        "data": {"object": thing}, "livemode": False, "pending_webhooks": 1, "type": kind,
        "request": {"id": None, "idempotency_key": None},
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False).encode()


def _paypal() -> dict[str, bytes]:
    order = {
        "id": ORDER, "intent": "CAPTURE", "status": "APPROVED",
        "purchase_units": [{"reference_id": "default", "custom_id": TOKEN,
                            "amount": {"currency_code": "EUR", "value": "25.50"}}],
        "payer": {"name": {"given_name": "Zoë"}},
    }  # fmt: skip
    capture = {
        "id": "29Y24445UY2083144", "status": "COMPLETED", "custom_id": TOKEN,
        "amount": {"value": "25.50", "currency_code": "EUR"},
        "supplementary_data": {"related_ids": {"order_id": ORDER}},
    }  # fmt: skip
    named = {
        "CHECKOUT.ORDER.APPROVED": ("checkout-order", order),
        "PAYMENT.CAPTURE.COMPLETED": ("capture", capture),
    }
    return {
        f"paypal.{kind.lower()}": json.dumps(
            {
                "id": "WH-2CL46544TB770421K-5VB92446WP7345818", "event_version": "1.0",
                "create_time": "2026-11-23T12:00:00.336Z", "resource_type": resource_type,
                "event_type": kind, "summary": "Payment  of € 25.50", "resource": resource,
            },
            ensure_ascii=False,
        ).encode()
        for kind, (resource_type, resource) in named.items()
    }  # fmt: skip


def _btcpay(moment: int) -> dict[str, bytes]:
    return {
        f"btcpay.{kind.lower()}": json.dumps(
            {
                "deliveryId": "UR8xtvWFFPBRv3hsXK1YLh", "webhookId": "LBfmGJo5xmMn8n4Kd9sjSp",
                "originalDeliveryId": "UR8xtvWFFPBRv3hsXK1YLh", "isRedelivery": False,
                "type": kind, "timestamp": moment, "storeId": btcpay.STORE, "invoiceId": INVOICE,
                "metadata": {"orderId": TOKEN, "itemDesc": "25.50 €"},
            },
            ensure_ascii=False,
        ).encode()
        for kind in ("InvoiceSettled", "InvoiceExpired")
    }  # fmt: skip


def _write(name: str, body: bytes, headers: dict[str, str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_bytes(body)
    (FOLDER / f"{name}.headers.json").write_text(json.dumps(headers, indent=2) + "\n")


if __name__ == "__main__":
    write_all()
