"""One hand at a time on a provider's catalogue, and none that works from an older list."""

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from orders.models import CatalogueSync

LOCK_SPACE = 7_301
LOCK_WAIT_MAX_MS = 20_000

_TRY = "SELECT pg_try_advisory_xact_lock(%s::int, %s::int)"
# Staff who are saving a service at this moment are waited for, longer than a page would.
_PATIENCE = "SELECT set_config('lock_timeout', %s, true)"


class SyncBusy(Exception):
    """Another hand is writing this provider's catalogue."""


class SyncOvertaken(Exception):
    """While this list was fetched, another one was applied. Nothing has happened."""


def take_turn(provider_id: int, *, known_until: int | None = None) -> None:
    """Be the only one until the transaction ends. Raises SyncBusy or SyncOvertaken."""
    with connection.cursor() as cursor:
        cursor.execute(_TRY, [LOCK_SPACE, provider_id])
        if not cursor.fetchone()[0]:
            raise SyncBusy(_("The catalogue of this provider is being written."))
        cursor.execute(_PATIENCE, [f"{LOCK_WAIT_MAX_MS}ms"])
    if known_until is not None and last_applied_id(provider_id) != known_until:
        raise SyncOvertaken(_("Another list was applied in the meantime."))


def last_applied_id(provider_id: int) -> int:
    """The newest reading that was applied, undone ones included; 0 when there is none."""
    applied = CatalogueSync.objects.filter(
        provider_id=provider_id,
        outcome__in=[CatalogueSync.Outcome.APPLIED, CatalogueSync.Outcome.UNDONE],
    )
    return applied.aggregate(last=Max("pk"))["last"] or 0
