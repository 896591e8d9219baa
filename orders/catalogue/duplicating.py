"""A service made after another one: all that staff decided and its sources, off until looked at."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from orders.catalogue import reading
from orders.catalogue.editing import STAFF_COLUMNS, move_service
from orders.catalogue.listing import Listing
from orders.catalogue.repricing import reprice
from orders.models import Service, Source
from orders.models.catalogue import NAME_MAX

COPIED = (
    *("type", "position", "unavailable", *STAFF_COLUMNS),
    *(f"listed_{name}" for name in Listing._fields if name != "unavailable"),
)


@transaction.atomic
def duplicate_service(service_id: int, *, now: datetime) -> int:
    """Make a copy that stands just below its original; returns its id."""
    reading.lock_services([service_id])
    original = Service.objects.get(pk=service_id)
    columns = {name: getattr(original, name) for name in COPIED}
    columns["own_name"] = (_("%s (copy)") % original.name[: NAME_MAX - 20])[:NAME_MAX]
    copy = Service.objects.create(**columns | {"is_active": False})
    Source.objects.bulk_create(
        Source(service=copy, offer_id=own.offer_id, rank=own.rank, is_active=own.is_active)
        for own in original.sources.all()
    )
    move_service(copy.pk, before_id=_below(original, copy.pk))
    reprice(service_ids=[copy.pk], now=now)
    return copy.pk


def _below(original: Service, copy_id: int) -> int | None:
    """The service that stands just below ``original`` in its category."""
    own = Service.objects.filter(category_id=original.category_id).exclude(pk=copy_id)
    ids = list(own.order_by("position", "id").values_list("pk", flat=True))
    following = ids[ids.index(original.pk) + 1 :]
    return following[0] if following else None
