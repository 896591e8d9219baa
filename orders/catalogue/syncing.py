"""A provider's list becomes our price list: fetched, compared, doubted, written."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from orders.catalogue import creating, exchange, reading, working, writing
from orders.catalogue.turns import last_applied_id, take_turn
from orders.catalogue.undoing import kept_for_undo
from orders.catalogue.working import Work
from orders.models import CatalogueSync
from providers import client, health
from providers.models import Provider
from providers.wire import ListedOffer, Skipped

SKIPPED_KEPT_MAX = 500
SYNCS_KEPT_MAX = 200

Outcome = CatalogueSync.Outcome


class CannotApply(Exception):
    """This reading holds no list that was refused, or a newer one has been applied since."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a sync would do now; ``doubt`` says why it would refuse."""

    work: Work

    @property
    def counts(self) -> dict[str, int]:
        return self.work.counts

    @property
    def doubt(self) -> str:
        return self.work.doubt

    @property
    def rates(self) -> dict[int, tuple[Decimal, Decimal]]:
        """Old and new rate of each service whose rate would change, by its id."""
        pairs = {
            one.service.id: (one.service.listing.rate, one.after.rate) for one in self.work.relisted
        }
        return {service_id: pair for service_id, pair in pairs.items() if pair[0] != pair[1]}


def sync_catalogue(provider_id: int, *, now: datetime, panel_currency: str = "") -> CatalogueSync:
    """Read a provider's list and balance, and write what differs.

    A list that cannot be believed is kept and refused; a failed reading changes nothing.
    Raises SyncBusy or SyncOvertaken when another sync of this provider was at work.
    """
    provider = Provider.objects.get(pk=provider_id)
    known_until = last_applied_id(provider_id)
    try:
        fetched = client.services(client.Connection.of(provider))
    except client.ProviderFailed as failure:
        return _failed(provider_id, failure, now=now)
    health.record_success(provider_id, latency_ms=fetched.elapsed_ms)
    exchange.read_balance(provider, now=now, panel_currency=panel_currency)
    with transaction.atomic():
        take_turn(provider_id, known_until=known_until)
        sync = _apply(provider, fetched.offers, fetched.skipped, now=now)
        if fetched.moved_to:
            sync.reason += _(" The provider has moved to %(url)s.") % {"url": fetched.moved_to}
            sync.save(update_fields=["reason"])
    health.record_sync(provider_id, now=now)
    return sync


def preview(provider_id: int, *, now: datetime) -> Preview:
    """What a sync would change now, prices included; nothing is written. Raises ProviderFailed."""
    provider = Provider.objects.get(pk=provider_id)
    fetched = client.services(client.Connection.of(provider))
    plan = reading.plan_of(provider_id)
    return Preview(working.work_out(provider, plan, fetched.offers, fetched.skipped))


@transaction.atomic
def apply_anyway(sync_id: int, *, now: datetime) -> CatalogueSync:
    """Apply a list that was refused, as a person decided. Raises CannotApply or SyncBusy."""
    refused = CatalogueSync.objects.select_related("provider").get(pk=sync_id)
    take_turn(refused.provider_id)
    refused.refresh_from_db()
    if refused.kept_list is None:
        raise CannotApply(_("There is no refused list here that is still of use."))
    offers, skipped = _unpacked(refused.kept_list)
    sync = _apply(refused.provider, offers, skipped, now=now, is_believed=True)
    sync.reason = _("Applied by staff after it was refused: %(reason)s") % {
        "reason": refused.reason
    }
    sync.save(update_fields=["reason"])
    return sync


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: the rows all live until the end, and looking through tens
    of thousands of them again and again was a third of the time of a sync."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_uncollected()
def _apply(
    provider: Provider,
    offers: Sequence[ListedOffer],
    skipped: Sequence[Skipped],
    *,
    now: datetime,
    is_believed: bool = False,
) -> CatalogueSync:
    plan = reading.plan_of(provider.pk)
    work = working.work_out(provider, plan, offers, skipped, is_locking=True)
    _forget_old(provider.pk)
    is_refused = work.doubt != "" and not is_believed
    sync = CatalogueSync.objects.create(
        provider=provider,
        at=now,
        outcome=Outcome.REFUSED if is_refused else Outcome.APPLIED,
        reason=work.doubt if is_refused else "",
        listed=len(offers) + len(skipped),
        counts=work.counts,
        skipped=_report(work),
        kept_list=_packed(offers, skipped) if is_refused else None,
    )
    if not is_refused:
        _write(work, sync, is_active=plan.is_active_at_once, now=now)
    return sync


def _write(work: Work, sync: CatalogueSync, *, is_active: bool, now: datetime) -> None:
    if work.changes_nothing:
        return
    created = writing.create_offers(work.diff.created, provider_id=sync.provider_id, now=now)
    writing.write_offers([touch.after for touch in work.diff.touched], now=now)
    writing.write_services(work.relisted)
    services = creating.create(
        work.new, offer_ids=work.offer_ids | created, is_active=is_active, now=now
    )
    writing.write_feed(work.relisted, services, sync=sync, now=now)
    before = [touch.before for touch in work.diff.touched]
    sync.undo = kept_for_undo(before, created.values(), services, is_active=is_active)
    sync.save(update_fields=["undo"])


def _failed(provider_id: int, failure: client.ProviderFailed, *, now: datetime) -> CatalogueSync:
    if failure.reason is None:  # it did not even say no: it is down
        health.record_failure(provider_id, error=failure.evidence, now=now)
    return CatalogueSync.objects.create(
        provider_id=provider_id, at=now, outcome=Outcome.FAILED, reason=failure.evidence
    )


def _report(work: Work) -> list[dict[str, Any]]:
    """The rows that a person should look at, capped."""
    rows = [asdict(row) for row in work.skipped]
    rows += [
        {"upstream_id": row.upstream_id, "reason": f"unknown type {row.type!r}"}
        for row in work.unknown_types
    ]
    rows += [
        {"upstream_id": touch.after.upstream_id, "reason": f"held: {touch.after.held}"}
        for touch in work.diff.touched
        if touch.is_newly_held
    ]
    return rows[:SKIPPED_KEPT_MAX]


def _forget_old(provider_id: int) -> None:
    """A newer list makes a refused one useless; and only so many readings are kept."""
    own = CatalogueSync.objects.filter(provider_id=provider_id)
    own.filter(kept_list__isnull=False).update(kept_list=None)
    oldest_kept = own.values_list("pk", flat=True)[SYNCS_KEPT_MAX : SYNCS_KEPT_MAX + 1].first()
    if oldest_kept:
        own.filter(pk__lte=oldest_kept).delete()


def _packed(offers: Sequence[ListedOffer], skipped: Sequence[Skipped]) -> dict[str, Any]:
    """As JSON holds it: costs as texts."""
    return {
        "offers": [{**asdict(offer), "cost": str(offer.cost)} for offer in offers],
        "skipped": [asdict(row) for row in skipped],
    }


def _unpacked(kept: Mapping[str, Any]) -> tuple[list[ListedOffer], list[Skipped]]:
    offers = [ListedOffer(**{**row, "cost": Decimal(row["cost"])}) for row in kept["offers"]]
    return offers, [Skipped(**row) for row in kept["skipped"]]
