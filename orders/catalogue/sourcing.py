"""Which offers deliver a service, and in which order they are tried."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from orders.catalogue import reading
from orders.catalogue.editing import EditRefused
from orders.catalogue.repricing import reprice
from orders.models import Service, Source
from orders.order_types import find_type
from providers.models import Offer

SOURCES_MAX = 10


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
    reprice(service_ids=[service_id], now=now)
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
