"""How a provider is doing: the one writer of its pause, circuit, balance and latency.

Call these once for a round of calls, not for each: all callers write the same row.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Round

from providers.models import ERROR_MAX, Provider

CIRCUIT_FAILURES = 5
CIRCUIT_FIRST_S = 15
CIRCUIT_MAX_S = 600
LATENCY_WEIGHT = Decimal("0.2")


def record_success(provider_id: int, *, latency_ms: int) -> None:
    """A call was answered: close the circuit and move the average latency."""
    row = Provider.objects.filter(pk=provider_id)
    row.filter(Q(failures__gt=0) | Q(circuit_open_until__isnull=False)).update(
        failures=0, circuit_open_until=None
    )
    known = Coalesce(F("latency_ms"), latency_ms)
    row.update(latency_ms=Round(known + (latency_ms - known) * LATENCY_WEIGHT))


@transaction.atomic
def record_failure(provider_id: int, *, error: str, now: datetime) -> bool:
    """A call brought no answer. After 5 in a row the circuit opens; True if it is open now.

    It closes by itself after 15 s; each failure that follows doubles that, up to 10 minutes.
    Failures of calls that were under way when it opened do not count.
    """
    provider = Provider.objects.select_for_update().get(pk=provider_id)
    if provider.circuit_open_until is not None and provider.circuit_open_until > now:
        return True
    provider.failures += 1
    provider.last_error = error[:ERROR_MAX]
    beyond = provider.failures - CIRCUIT_FAILURES
    if beyond >= 0:
        open_s = min(CIRCUIT_FIRST_S * 2 ** min(beyond, 10), CIRCUIT_MAX_S)
        provider.circuit_open_until = now + timedelta(seconds=open_s)
    provider.save(update_fields=["failures", "last_error", "circuit_open_until"])
    return beyond >= 0


def pause(provider_id: int, *, until: datetime, reason: str) -> None:
    """Call it no more before `until`; a pause is never shortened by a later one."""
    row = Provider.objects.filter(pk=provider_id)
    row.filter(Q(paused_until=None) | Q(paused_until__lt=until)).update(
        paused_until=until, pause_reason=reason[:200]
    )


def resume(provider_id: int) -> None:
    """End a pause and close the circuit: staff say that it works again."""
    Provider.objects.filter(pk=provider_id).update(
        paused_until=None, pause_reason="", failures=0, circuit_open_until=None
    )


def record_balance(provider_id: int, *, balance: Decimal, now: datetime) -> None:
    Provider.objects.filter(pk=provider_id).update(balance=balance, balance_at=now)


def record_sync(provider_id: int, *, now: datetime) -> None:
    Provider.objects.filter(pk=provider_id).update(last_sync_at=now, last_error="")
