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
    AuditEntry.objects.create(
        user=staff.user,
        actor=staff.name,
        address=get_adapter().get_client_ip(request),
        action=action,
        subject=subject,
        subject_id=subject_id,
        old=_readable(old or {}),
        new=_readable(new or {}),
        reason=reason[:REASON_MAX],
    )


def _readable(values: dict[str, Any]) -> dict[str, Any]:
    """Amounts with all their digits, everything else as it is shown."""
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return value if value is None or isinstance(value, bool | int | list) else str(value)
