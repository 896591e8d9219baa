"""Payment methods as staff set them up. Each change answers what there was before."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from orders.models import PaymentMethod

METHODS_MAX = 100
SECRET_SHOWN = "***"  # noqa: S105  # what is written where a secret was changed


class TooManyMethods(Exception):
    """METHODS_MAX is reached."""


@transaction.atomic
def add(gateway: str, columns: Mapping[str, Any], credentials: Mapping[str, str]) -> PaymentMethod:
    """Write a new method, the last one of the list. Raises TooManyMethods."""
    if PaymentMethod.objects.count() >= METHODS_MAX:
        raise TooManyMethods
    last = PaymentMethod.objects.aggregate(last=Max("position"))["last"] or 0
    return PaymentMethod.objects.create(
        gateway=gateway, position=last + 1, credentials=_text(credentials), **columns
    )


@transaction.atomic
def edit(
    method_id: int, columns: Mapping[str, Any], credentials: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write what was filled in; credentials that are not given stay. Answers old and new of what
    differs, secrets by their names alone.
    """
    method = PaymentMethod.objects.select_for_update().get(pk=method_id)
    before = {name: getattr(method, name) for name in columns}
    old = {name: value for name, value in before.items() if value != columns[name]}
    new = {name: columns[name] for name in old}
    known = credentials_of(method)
    changed = {name for name, value in credentials.items() if known.get(name, "") != value}
    for name, value in columns.items():
        setattr(method, name, value)
    method.credentials = _text(known | dict(credentials))
    method.save(update_fields=[*columns, "credentials"])
    marks = {f"credentials.{name}": SECRET_SHOWN for name in sorted(changed)}
    return old | marks, new | marks


@transaction.atomic
def switch(method_id: int) -> bool:
    """Offer a method, or no more; answers whether it is offered now."""
    method = PaymentMethod.objects.select_for_update().get(pk=method_id)
    method.is_active = not method.is_active
    method.save(update_fields=["is_active"])
    return method.is_active


@transaction.atomic
def move(method_id: int, *, is_up: bool) -> None:
    """Show a method one place earlier or later than before."""
    rows = list(PaymentMethod.objects.select_for_update().order_by("position", "pk"))
    at = next((index for index, row in enumerate(rows) if row.pk == method_id), 0)
    other = at - 1 if is_up else at + 1
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    for position, row in enumerate(rows, start=1):
        if row.position != position:
            PaymentMethod.objects.filter(pk=row.pk).update(position=position)


def credentials_of(method: PaymentMethod) -> dict[str, str]:
    """As they are stored, by name."""
    found = json.loads(method.credentials or "{}")
    return {str(name): str(value) for name, value in found.items()}


def _text(credentials: Mapping[str, str]) -> str:
    return json.dumps(dict(credentials))
