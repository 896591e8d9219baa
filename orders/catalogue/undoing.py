"""Taking a sync back: offers become what they were, and services follow from them.

What staff changed since stays: it stands in columns that no sync writes, and prices are made
anew from the old costs with the markups of now.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from orders.catalogue import reading, relisting, writing
from orders.catalogue.listing import NO_MARKUP
from orders.catalogue.offers import Facts, Identity, Known
from orders.catalogue.turns import take_turn
from orders.models import CatalogueImport, CatalogueSync, CustomerRate, Order, Service, Source
from orders.models.markup import MarkupLevel
from providers.models import Offer

Outcome = CatalogueSync.Outcome

_PLAIN = ("id", "upstream_id", "is_gone", "held", "was_imported")


class CannotUndo(Exception):
    """This sync changed nothing, is undone already, or a later one stands on it."""


def kept_for_undo(
    before: Sequence[Known],
    created: Iterable[int],
    services: Iterable[int],
    *,
    is_active: bool,
) -> dict[str, Any]:
    """What a sync found, as JSON: the offers it touched, and what it made."""
    return {
        "offers": [_packed(offer) for offer in before],
        "created": list(created),
        "services": list(services),
        "is_active": is_active,
    }


@transaction.atomic
def undo_sync(sync_id: int, *, now: datetime) -> CatalogueSync:
    """Take the last sync that changed something back; then the one before it, and so on.

    Offers it brought are gone, services it made are deleted unless they were sold or edited.
    Raises CannotUndo or SyncBusy.
    """
    sync = CatalogueSync.objects.get(pk=sync_id)
    take_turn(sync.provider_id)
    sync.refresh_from_db()
    kept = _undoable(sync)
    created = set(kept["created"])
    offers = [_unpacked(offer) for offer in kept["offers"]]
    writing.write_offers(offers, now=now)
    Offer.objects.filter(pk__in=created).update(
        is_gone=True, missing_since=now, changed_at=now, held="", held_from=None
    )
    _delete_untouched(kept["services"], is_active=kept["is_active"])
    touched = created.union(offer.id for offer in offers)
    affected = reading.affected_services(touched, provider_id=sync.provider_id)
    relisting.refresh(affected, now=now, sync=sync)
    sync.outcome, sync.undo, sync.undone_at = Outcome.UNDONE, None, now
    sync.save(update_fields=["outcome", "undo", "undone_at"])
    return sync


@transaction.atomic
def undo_import(import_id: int, *, now: datetime) -> list[int]:
    """Take an import back; the services that stay, because they were sold or edited since.

    Raises CannotUndo or SyncBusy.
    """
    made = CatalogueImport.objects.get(pk=import_id)
    take_turn(made.provider_id)
    made.refresh_from_db()
    if made.undone_at is not None:
        raise CannotUndo(_("This import was undone already."))
    markup = _markup(made.markup)
    _delete_untouched(made.services, is_active=made.is_active, markup=markup)
    made.undone_at = now
    made.save(update_fields=["undone_at"])
    left = Service.objects.filter(pk__in=made.services).order_by("pk")
    return list(left.values_list("pk", flat=True))


def _markup(kept: Mapping[str, str]) -> MarkupLevel:
    """As an import keeps it: texts."""
    parts: dict[str, Any] = {name: Decimal(text) for name, text in kept.items()}
    if "rate_places" in parts:
        parts["rate_places"] = int(parts["rate_places"])
    return MarkupLevel(**parts)


def _undoable(sync: CatalogueSync) -> dict[str, Any]:
    later = CatalogueSync.objects.filter(
        provider_id=sync.provider_id, outcome=Outcome.APPLIED, undo__isnull=False, pk__gt=sync.pk
    )
    if sync.outcome != Outcome.APPLIED or sync.undo is None:
        raise CannotUndo(_("There is nothing to undo."))
    if later.exists():
        raise CannotUndo(_("Undo the later syncs of this provider first."))
    kept: dict[str, Any] = sync.undo
    return kept


def _delete_untouched(
    service_ids: Sequence[int], *, is_active: bool, markup: MarkupLevel = NO_MARKUP
) -> None:
    """Services that nobody bought, edited or priced for a customer; the others stay."""
    same_markup = Q(**markup._asdict())
    own_switches = Q(**{f"own_{name}": None for name in ("refill", "cancel", "dripfeed")})
    own_numbers = Q(own_min=None, own_max=None, own_rate=None, own_name="", own_description="")
    untouched = (
        Service.objects.filter(same_markup, own_switches, own_numbers)
        .filter(pk__in=service_ids, is_active=is_active)
        .exclude(pk__in=Order.objects.filter(service__in=service_ids).values("service"))
        .exclude(pk__in=CustomerRate.objects.filter(service__in=service_ids).values("service"))
        .exclude(sources__rank__gt=1)
    )
    deleted = list(untouched.select_for_update(of=("self",)).values_list("pk", flat=True))
    offers = Source.objects.filter(service__in=deleted).values("offer")
    Offer.objects.filter(pk__in=offers).update(was_imported=False)
    Service.objects.filter(pk__in=deleted).delete()


def _packed(offer: Known) -> dict[str, Any]:
    return {
        **{name: getattr(offer, name) for name in _PLAIN},
        "facts": {**offer.facts._asdict(), "cost": str(offer.facts.cost)},
        "held_from": offer.held_from.kept() if offer.held_from else None,
    }


def _unpacked(kept: Mapping[str, Any]) -> Known:
    facts = Facts(**{**kept["facts"], "cost": Decimal(kept["facts"]["cost"])})
    held_from = Identity.read(kept["held_from"]) if kept["held_from"] else None
    return Known(**{name: kept[name] for name in _PLAIN}, facts=facts, held_from=held_from)
