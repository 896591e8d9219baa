"""Writing the audit trail: one line for every change that staff make, in its transaction."""

from decimal import Decimal
from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from orders.money import plain
from panel.backoffice.access import Staff
from panel.models import AuditEntry
from panel.models.audit import REASON_MAX


def record(
    request: HttpRequest,
    staff: Staff,
    action: str,
    *,
    subject: str,
    subject_id: int,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Append who did what, from where, with the values before and after.

    Call it inside the transaction of the change, so that neither exists without the other.
    """
    append(
        address_of(request),
        staff,
        action,
        subject=subject,
        subject_id=subject_id,
        old=old,
        new=new,
        reason=reason,
    )


def append(
    address: str | None,
    staff: Staff,
    action: str,
    *,
    subject: str,
    subject_id: int,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """As record, for what goes on after its request was answered."""
    AuditEntry.objects.create(
        user=staff.user,
        actor=staff.name,
        address=address,
        action=action,
        subject=subject,
        subject_id=subject_id,
        old=_readable(old or {}),
        new=_readable(new or {}),
        reason=reason[:REASON_MAX],
    )


def address_of(request: HttpRequest) -> str | None:
    """Where the person sits."""
    address: str | None = get_adapter().get_client_ip(request)
    return address


def _readable(values: dict[str, Any]) -> dict[str, Any]:
    """Amounts with all their digits, everything else as it is shown."""
    return {_kept(name): _text(value) for name, value in values.items()}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return value if value is None or isinstance(value, bool | int | list) else _kept(str(value))


def _kept(text: str) -> str:
    """Without the one character that no database keeps: an address may ask for anything."""
    return text.replace("\0", "")
