"""What staff decide about a provider: how it is reached, and how its list becomes ours."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from orders.catalogue.exchange import Problem
from orders.catalogue.repricing import reprice
from orders.models import ImportPlan
from orders.models.markup import MarkupLevel
from providers.models import Provider

PLANNED = (
    "choice",
    "categories",
    "services",
    "is_active_at_once",
    "shrink_limit_percent",
    "price_jump_percent",
    *MarkupLevel._fields,
)
_PRICED_BY = {"currency", "is_active"}


@transaction.atomic
def add_provider(columns: Mapping[str, Any], *, panel_currency: str) -> Provider:
    """A new provider. While its currency is foreign, nothing is sold before it has a rate."""
    provider = Provider(**columns)
    provider.exchange_problem = _problem(provider, panel_currency)
    provider.save()
    ImportPlan.objects.create(provider=provider)
    return provider


@transaction.atomic
def edit_provider(
    provider_id: int, columns: Mapping[str, Any], *, panel_currency: str, now: datetime
) -> dict[str, Any]:
    """Write what differs and relist what follows from it; the old values of what changed.

    Another currency forgets the exchange rate: it was the worth of another money.
    """
    provider = Provider.objects.select_for_update().get(pk=provider_id)
    old = _write(provider, columns)
    if "currency" in old:
        provider.exchange_rate, provider.exchange_rate_at = Decimal(1), None
        provider.exchange_problem = _problem(provider, panel_currency)
        provider.save(update_fields=["exchange_rate", "exchange_rate_at", "exchange_problem"])
    if _PRICED_BY.intersection(old):
        reprice(provider_id=provider_id, now=now)
    return old


@transaction.atomic
def edit_plan(provider_id: int, columns: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Write what differs of ``PLANNED`` and reprice; the old values of what changed."""
    ImportPlan.objects.get_or_create(provider_id=provider_id)
    plan = ImportPlan.objects.select_for_update().get(provider_id=provider_id)
    old = _write(plan, columns)
    if set(MarkupLevel._fields).intersection(old):
        reprice(provider_id=provider_id, now=now)
    return old


def _write(row: Provider | ImportPlan, columns: Mapping[str, Any]) -> dict[str, Any]:
    old = {name: getattr(row, name) for name in columns}
    changed = {name: value for name, value in old.items() if value != columns[name]}
    for name in changed:
        setattr(row, name, columns[name])
    if changed:
        row.save(update_fields=list(changed))
    return changed


def _problem(provider: Provider, panel_currency: str) -> str:
    is_foreign = provider.currency.upper() != panel_currency.upper()
    return Problem.NO_RATE.value if is_foreign else ""
