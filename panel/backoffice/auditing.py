"""Writing the audit trail: one line for every change that staff make, in its transaction."""

from decimal import Decimal
from typing import Any, NotRequired, TypedDict, Unpack

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from orders.money import plain
from panel.backoffice.access import Staff
from panel.models import AuditEntry
from panel.models.audit import REASON_MAX


class Line(TypedDict):
    """What a line of the trail tells besides who, when and from where."""

    subject: str
    subject_id: int
    old: NotRequired[dict[str, Any] | None]
    new: NotRequired[dict[str, Any] | None]
    reason: NotRequired[str]


def record(request: HttpRequest, staff: Staff, action: str, **line: Unpack[Line]) -> None:
    """Append who did what, from where, with the values before and after.

    Call it inside the transaction of the change, so that neither exists without the other.
    """
    append(address_of(request), staff, action, **line)


def append(address: str | None, staff: Staff, action: str, **line: Unpack[Line]) -> None:
    """As record, for what goes on after its request was answered."""
    AuditEntry.objects.create(
        user=staff.user,
        actor=staff.name,
        address=address,
        action=action,
        subject=line["subject"],
        subject_id=line["subject_id"],
        old=_readable(line.get("old") or {}),
        new=_readable(line.get("new") or {}),
        reason=line.get("reason", "")[:REASON_MAX],
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
