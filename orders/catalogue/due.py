"""When a provider's list is to be read again."""

from datetime import datetime, timedelta

from django.db.models import Max, Q

from orders.models import CatalogueSync
from providers.models import Provider

SYNC_EVERY = timedelta(minutes=15)
BALANCE_EVERY = timedelta(minutes=5)
RETRY_AFTER = timedelta(minutes=3)
# Else the next clock would do again what a person has just undone.
REST_AFTER_UNDO = timedelta(hours=24)


def due_providers(now: datetime) -> list[int]:
    """Providers that can be reached and were not read for SYNC_EVERY, longest ago first."""
    reachable = list(Provider.objects.reachable(now).values_list("pk", flat=True))
    readings = CatalogueSync.objects.filter(provider_id__in=reachable)
    newest = readings.order_by("provider_id", "-pk").distinct("provider_id")
    last = {sync.provider_id: sync for sync in newest.only("provider_id", "at", "outcome")}
    undone = dict(readings.order_by().values_list("provider_id").annotate(latest=Max("undone_at")))
    due = [pk for pk in reachable if pk not in last or _is_due(last[pk], undone[pk], now)]
    never = datetime.min.replace(tzinfo=now.tzinfo)
    return sorted(due, key=lambda pk: last[pk].at if pk in last else never)


def balance_due_providers(now: datetime) -> list[int]:
    """Providers whose balance is BALANCE_EVERY old. Paused ones too: it may be why they are."""
    is_old = Q(balance_at=None) | Q(balance_at__lte=now - BALANCE_EVERY)
    is_answering = Q(circuit_open_until=None) | Q(circuit_open_until__lte=now)
    due = Provider.objects.filter(is_old, is_answering, is_active=True)
    return list(due.order_by("balance_at", "pk").values_list("pk", flat=True))


def _is_due(last: CatalogueSync, undone_at: datetime | None, now: datetime) -> bool:
    if undone_at is not None and last.at <= undone_at:
        return undone_at <= now - REST_AFTER_UNDO
    every = RETRY_AFTER if last.outcome == CatalogueSync.Outcome.FAILED else SYNC_EVERY
    return last.at <= now - every
