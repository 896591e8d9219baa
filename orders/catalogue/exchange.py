"""What a provider's money is worth in ours: its balance, its currency, its exchange rate.

While that is in doubt, the services that lean on the provider are not sold.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from orders.catalogue import reading, relisting
from orders.models import BalanceReading
from providers import client, health
from providers.models import Provider

JUMP_MAX_PERCENT = 10
HUNDRED = 100


class Problem(StrEnum):
    """Why costs of a provider cannot be converted."""

    CURRENCY = "currency"  # its balance is in another currency than the one it is set to
    NO_RATE = "no_rate"  # its currency is not ours, and nobody set an exchange rate


class ExchangeRateJumped(Exception):
    """The new rate is far from the old one: a person has to confirm it. Nothing was changed."""


class NotARate(ValueError):
    """An exchange rate is a number above 0."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left at a provider. ``problem`` is a ``Problem`` or ""; then it was not stored."""

    amount: Decimal
    currency: str
    problem: str


def refresh_balance(provider_id: int, *, now: datetime, panel_currency: str = "") -> Balance | None:
    """Ask a provider for its balance and check its currency; None when it did not answer."""
    provider = Provider.objects.get(pk=provider_id)
    return read_balance(provider, now=now, panel_currency=panel_currency)


def try_connection(provider_id: int, *, now: datetime, panel_currency: str = "") -> Balance:
    """As refresh_balance, for a person who wants to know why: raises ProviderFailed."""
    return _ask(Provider.objects.get(pk=provider_id), now=now, panel_currency=panel_currency)


def read_balance(provider: Provider, *, now: datetime, panel_currency: str = "") -> Balance | None:
    """As refresh_balance; the row that was handed in knows its exchange problem afterwards."""
    try:
        return _ask(provider, now=now, panel_currency=panel_currency)
    except client.ProviderFailed:
        # The next call to it will tell whether it is down; a balance is no reason to stop.
        _note(provider, _problem(provider, "", panel_currency), now=now)
        return None


@transaction.atomic
def set_exchange_rate(
    provider_id: int, rate: Decimal, *, now: datetime, is_confirmed: bool = False
) -> None:
    """Set what one unit of the provider's currency is worth, and reprice what it supplies.

    A change by more than JUMP_MAX_PERCENT of a rate set before needs ``is_confirmed``.
    Raises ExchangeRateJumped or NotARate; then nothing has changed.
    """
    if not (rate.is_finite() and rate > 0):
        raise NotARate(_("An exchange rate is above 0."))
    provider = Provider.objects.select_for_update().get(pk=provider_id)
    old = provider.exchange_rate
    jumped = abs(rate - old) * HUNDRED > old * JUMP_MAX_PERCENT
    if jumped and provider.exchange_rate_at is not None and not is_confirmed:
        raise ExchangeRateJumped(
            _("From %(old)s to %(new)s is a large step: please confirm it.")
            % {"old": old, "new": rate}
        )
    provider.exchange_rate, provider.exchange_rate_at = rate, now
    if provider.exchange_problem == Problem.NO_RATE:
        provider.exchange_problem = ""
    provider.save(update_fields=["exchange_rate", "exchange_rate_at", "exchange_problem"])
    relisting.refresh(_supplied_by(provider), now=now)


def _ask(provider: Provider, *, now: datetime, panel_currency: str) -> Balance:
    amount, said = client.balance(client.Connection.of(provider))
    problem = _problem(provider, said, panel_currency)
    _note(provider, problem, now=now)
    BalanceReading.keep(provider.pk, amount, said or provider.currency.upper(), now=now)
    if problem != Problem.CURRENCY:
        health.record_balance(provider.pk, balance=amount, now=now)
    return Balance(amount, said, problem)


def _problem(provider: Provider, said: str, panel_currency: str) -> str:
    """What is wrong now. What could not be asked this time stays as it was known."""
    own = provider.currency.upper()
    if (said and said != own) or (not said and provider.exchange_problem == Problem.CURRENCY):
        return Problem.CURRENCY.value
    is_foreign = panel_currency.upper() != own if panel_currency else None
    if is_foreign is None:
        is_foreign = provider.exchange_problem == Problem.NO_RATE
    return Problem.NO_RATE.value if is_foreign and provider.exchange_rate_at is None else ""


@transaction.atomic
def _note(provider: Provider, problem: str, *, now: datetime) -> None:
    if provider.exchange_problem == problem:
        return
    provider.exchange_problem = problem
    Provider.objects.filter(pk=provider.pk).update(exchange_problem=problem)
    relisting.refresh(_supplied_by(provider), now=now)


def _supplied_by(provider: Provider) -> list[int]:
    return reading.affected_services([], provider_id=provider.pk, is_everything=True)
