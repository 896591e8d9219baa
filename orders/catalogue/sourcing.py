"""Which offers deliver a service, and in which order they are tried."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from orders.catalogue import reading
from orders.catalogue.editing import Edited, EditRefused, standing
from orders.catalogue.repricing import reprice
from orders.models import Service, Source
from orders.order_types import find_type
from providers.models import Offer

SOURCES_MAX = 10
SOURCED_MAX = 200
"""Services that get other sources in one go."""


class Line(NamedTuple):
    """One source, as it is to be; its rank is its place."""

    offer_id: int
    is_active: bool = True


@transaction.atomic
def set_sources(service_id: int, lines: Sequence[Line], *, now: datetime) -> list[Line]:
    """Replace the sources of a service and reprice it; what they were. Raises EditRefused.

    The last source cannot be taken away: that would leave its orders to be delivered by hand.
    """
    reading.lock_services([service_id])
    old = _replace(service_id, lines)
    reprice(service_ids=[service_id], now=now)
    return old


@transaction.atomic
def set_many_sources(wanted: Mapping[int, Sequence[Line]], *, now: datetime) -> list[Edited]:
    """Replace the sources of up to SOURCED_MAX services; how each stood before and stands now.

    Among what is told of each are its ``sources``, as (offer, is active) by rank.
    Raises EditRefused; then nothing was changed.
    """
    if len(wanted) > SOURCED_MAX:
        raise EditRefused(_("At most %d services can be edited at once.") % SOURCED_MAX)
    ids = sorted(wanted)
    reading.lock_services(ids)
    before = standing(ids)
    old = {service_id: _replace(service_id, wanted[service_id]) for service_id in ids}
    reprice(service_ids=ids, now=now)
    after = standing(ids)
    return [
        Edited(
            pk,
            before[pk] | {"sources": [list(line) for line in old[pk]]},
            after[pk] | {"sources": [list(line) for line in wanted[pk]]},
        )
        for pk in ids
    ]


def preview_sources(wanted: Mapping[int, Sequence[Line]], *, now: datetime) -> list[Edited]:
    """What set_many_sources would do: done, looked at, and rolled back. Raises EditRefused."""
    with transaction.atomic():
        edited = set_many_sources(wanted, now=now)
        transaction.set_rollback(True)
    return edited


def _replace(service_id: int, lines: Sequence[Line]) -> list[Line]:
    """Write the sources of a locked service; what they were."""
    service = Service.objects.only("type").get(pk=service_id)
    own = Source.objects.filter(service=service).order_by("rank")
    old = [Line(*row) for row in own.values_list("offer_id", "is_active")]
    _check(service, lines, old)
    own.delete()
    Source.objects.bulk_create(
        Source(service=service, offer_id=line.offer_id, rank=rank, is_active=line.is_active)
        for rank, line in enumerate(lines, start=1)
    )
    new = {line.offer_id for line in lines} - {line.offer_id for line in old}
    Offer.objects.filter(pk__in=new, was_imported=False).update(was_imported=True)
    return old


def _check(service: Service, lines: Sequence[Line], old: Sequence[Line]) -> None:
    offers = {line.offer_id for line in lines}
    if old and not lines:
        raise EditRefused(_("A service keeps at least one source; switch it off instead."))
    if len(lines) > SOURCES_MAX:
        raise EditRefused(_("At most %d sources.") % SOURCES_MAX)
    if len(offers) < len(lines):
        raise EditRefused(_("This offer is a source already."))
    added = offers - {line.offer_id for line in old}
    for offer in Offer.objects.filter(pk__in=added).only("type"):
        offered = find_type(offer.type)
        if offered is None or offered.title != service.type:
            raise EditRefused(
                _("This offer is of type %(offered)s, the service of type %(type)s.")
                % {"offered": offer.type, "type": service.type}
            )
