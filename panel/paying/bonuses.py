"""Bonus rules as staff set them up. Each change answers what there was before."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from orders.models import BonusRule, PromoCode, VoucherBatch
from orders.payments import CodeRefused


def add(columns: Mapping[str, Any]) -> BonusRule:
    return BonusRule.objects.create(**columns)


@transaction.atomic
def edit(rule_id: int, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Write what was filled in. Payments that were opened before keep what they were promised."""
    rule = BonusRule.objects.select_for_update(of=("self",)).get(pk=rule_id)
    old = {name: getattr(rule, name) for name in columns if getattr(rule, name) != columns[name]}
    for name, value in columns.items():
        setattr(rule, name, value)
    rule.save(update_fields=list(columns))
    return old


@transaction.atomic
def switch(model: type[PromoCode] | type[VoucherBatch], row_id: int) -> bool:
    """Let codes be used, or no more; answers whether they can be used now.

    Raises CodeRefused for what a second person has not confirmed.
    """
    row = model.objects.select_for_update().get(pk=row_id)
    if not row.is_released:
        raise CodeRefused(_("A second person must confirm this first."))
    row.is_active = not row.is_active
    row.save(update_fields=["is_active"])
    return row.is_active
