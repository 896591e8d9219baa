"""Writing what changed, each kind of row in one statement; unchanged rows are never written."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Max

from orders.catalogue.listing import Relisted, feed_of
from orders.catalogue.offers import Facts, Known
from orders.models import CatalogueChange, CatalogueSync, Category
from providers.models import Offer
from providers.wire import ListedOffer

BATCH_MAX = 5_000

_OFFERS = """
    UPDATE providers_offer AS o
       SET name = r.name, category = r.category, type = r.type, cost = r.cost,
           min = r.min, max = r.max, refill = r.refill, cancel = r.cancel, dripfeed = r.dripfeed,
           description = r.description, average_time = r.average_time,
           is_gone = r.is_gone, held = r.held, held_from = r.held_from,
           was_imported = r.was_imported, changed_at = %s,
           missing_since = CASE WHEN r.is_gone THEN coalesce(o.missing_since, %s) END
      FROM jsonb_to_recordset(%s::jsonb) AS r (id bigint, name text, category text, type text,
           cost numeric, min bigint, max bigint, refill boolean, cancel boolean,
           dripfeed boolean, description text, average_time text, is_gone boolean, held text,
           held_from jsonb, was_imported boolean)
     WHERE o.id = r.id
"""
_SERVICES = """
    UPDATE orders_service AS s
       SET listed_name = r.name, listed_description = r.description,
           listed_min = r.min, listed_max = r.max, listed_rate = r.rate,
           listed_refill = r.refill, listed_cancel = r.cancel, listed_dripfeed = r.dripfeed,
           unavailable = r.unavailable
      FROM jsonb_to_recordset(%s::jsonb) AS r (id bigint, name text, description text, min bigint,
           max bigint, rate numeric, refill boolean, cancel boolean, dripfeed boolean,
           unavailable text)
     WHERE s.id = r.id
"""


def create_offers(
    rows: Sequence[ListedOffer], *, provider_id: int, now: datetime
) -> dict[str, int]:
    """New offers; their ids by upstream id."""
    made = Offer.objects.bulk_create(
        [
            Offer(
                provider_id=provider_id,
                upstream_id=row.upstream_id,
                **{name: getattr(row, name) for name in Facts._fields},
                first_seen=now,
                changed_at=now,
            )
            for row in rows
        ],
        batch_size=BATCH_MAX,
    )
    return {offer.upstream_id: offer.pk for offer in made}


def write_offers(offers: Sequence[Known], *, now: datetime) -> None:
    """The rows of known offers, as they are to be from now on."""
    for batch in _batches(offers):
        rows = json.dumps([_offer_row(offer) for offer in batch], default=str)
        _execute(_OFFERS, [now, now, rows])


def write_services(relisted: Sequence[Relisted]) -> None:
    """The listed columns of services, and nothing that staff write."""
    for batch in _batches(relisted):
        rows = [{"id": one.service.id, **one.after._asdict()} for one in batch]
        _execute(_SERVICES, [json.dumps(rows, default=str)])


def write_feed(
    relisted: Sequence[Relisted],
    created: Sequence[int],
    *,
    sync: CatalogueSync | None,
    now: datetime,
) -> None:
    """The lines that customers read about new and relisted services."""
    lines = [(one.service.id, *line) for one in relisted for line in feed_of(one)]
    lines += [(service_id, CatalogueChange.Kind.NEW, "", "") for service_id in created]
    CatalogueChange.objects.bulk_create(
        [
            CatalogueChange(service_id=service_id, sync=sync, kind=kind, old=old, new=new, at=now)
            for service_id, kind, old, new in lines
        ],
        batch_size=BATCH_MAX,
    )


def ensure_categories(names: Sequence[str]) -> Mapping[str, int]:
    """The ids of categories by name; missing ones are added below the others, in this order."""
    ids = _category_ids(names)
    missing = [name for name in dict.fromkeys(names) if name not in ids]
    if not missing:
        return ids
    last = Category.objects.aggregate(last=Max("position"))["last"] or 0
    Category.objects.bulk_create(
        [Category(name=name, position=last + n) for n, name in enumerate(missing, start=1)],
        # Another provider's sync may add the same heading at this moment.
        ignore_conflicts=True,
    )
    return _category_ids(names)


def _category_ids(names: Sequence[str]) -> dict[str, int]:
    found = Category.objects.filter(name__in=set(names))
    return dict(found.values_list("name", "id"))


def _offer_row(offer: Known) -> dict[str, Any]:
    return {
        "id": offer.id,
        **offer.facts._asdict(),
        "is_gone": offer.is_gone,
        "held": offer.held,
        "held_from": offer.held_from.kept() if offer.held_from else None,
        "was_imported": offer.was_imported,
    }


def _batches(rows: Sequence[Any]) -> Iterator[list[Any]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH_MAX)):
        yield batch


def _execute(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
