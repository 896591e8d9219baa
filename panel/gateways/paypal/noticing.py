"""Which payment one of PayPal's webhook events is about ("Webhook event names")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from panel.gateways.paypal.reading import REFUND_MARK, link


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The order, our token, or at least the capture that an event is about; "" where unknown."""

    order_id: str = ""
    token: str = ""
    capture_id: str = ""


def subject_of(event: Mapping[str, Any]) -> Subject:
    resource = event.get("resource")
    if not isinstance(resource, Mapping):
        return Subject()
    read = _READERS.get(str(event.get("resource_type") or ""))
    try:
        return read(resource) if read else Subject()
    except (AttributeError, LookupError, TypeError):
        return Subject()  # genuine, and in a shape that we do not know


def _of_order(order: Mapping[str, Any]) -> Subject:
    units = order.get("purchase_units") or [{}]
    return Subject(order_id=_text(order.get("id")), token=_text(units[0].get("custom_id")))


def _of_capture(capture: Mapping[str, Any]) -> Subject:
    related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
    return Subject(
        order_id=_text(related.get("order_id")) or _last(link(capture, "up"), "orders"),
        token=_text(capture.get("custom_id")),
        capture_id=_text(capture.get("id")),
    )


def _of_refund(refund: Mapping[str, Any]) -> Subject:
    return Subject(
        token=_text(refund.get("custom_id")).partition(REFUND_MARK)[0],
        capture_id=_last(link(refund, "up"), "captures"),
    )


def _of_dispute(dispute: Mapping[str, Any]) -> Subject:
    transactions = dispute.get("disputed_transactions") or [{}]
    return Subject(capture_id=_text(transactions[0].get("seller_transaction_id")))


def _last(address: str, kind: str) -> str:
    """The id at the end of an address such as …/captures/ID, or ""."""
    parts = address.split("/")
    return parts[-1] if len(parts) > 1 and parts[-2] == kind else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


_READERS = {
    "checkout-order": _of_order,
    "capture": _of_capture,
    "refund": _of_refund,
    "dispute": _of_dispute,
}
