"""What a provider's balance says about calls that brought no answer: evidence for a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, Sum

from orders.models import Attempt
from orders.money import UNITS_PER_RATE, ZERO
from providers import client, health
from providers.client import Connection, ProviderFailed
from providers.models import Provider

FRESH = timedelta(days=1)


def weigh(provider: Provider, order_ids: Sequence[int], *, now: datetime) -> None:
    """Ask for the balance once and write it to the silent attempts of these orders.

    Beside it stands what the balance would be if none of the unknown orders had been accepted.
    ``provider`` is as it was read before the round. A failure to answer is no news.
    """
    try:
        balance, _ = client.balance(Connection.of(provider))
    except ProviderFailed:
        return
    silent = Attempt.objects.filter(
        order_id__in=order_ids,
        provider=provider,
        action=Attempt.Action.ADD,
        outcome=Attempt.Outcome.SILENT,
        balance_after=None,
    )
    silent.update(balance_before=_foreseen(provider, now=now), balance_after=balance)
    health.record_balance(provider.pk, balance=balance, now=now)


def _foreseen(provider: Provider, *, now: datetime) -> Decimal | None:
    if provider.balance is None or provider.balance_at is None:
        return None
    if now - provider.balance_at > FRESH:
        return None
    accepted = Attempt.objects.filter(
        provider=provider,
        action=Attempt.Action.ADD,
        outcome=Attempt.Outcome.ACCEPTED,
        closed_at__gte=provider.balance_at,
    )
    spent = accepted.aggregate(sum=Sum(F("order__cost_rate") * F("order__units")))["sum"]
    return provider.balance - (spent or ZERO) / UNITS_PER_RATE
