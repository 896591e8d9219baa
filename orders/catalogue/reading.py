"""What stands in the database, read as plain rows: an ORM object for each would cost more."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from orders.catalogue.listing import Listing, Standing, Supply
from orders.catalogue.offers import Facts, Identity, Known
from orders.models import Category, ImportPlan
from orders.models.markup import MarkupLevel

_OFFER = """o.id, o.upstream_id, o.is_gone, o.held, o.held_from, o.was_imported,
       EXISTS (SELECT FROM orders_source AS own WHERE own.offer_id = o.id),
       o.name, o.category, o.type, o.cost, o.min, o.max, o.refill, o.cancel, o.dripfeed,
       o.description, o.average_time"""
_STATE_WIDTH = 7
_OFFER_WIDTH = _STATE_WIDTH + len(Facts._fields)
_KNOWN = f"SELECT {_OFFER} FROM providers_offer AS o WHERE o.provider_id = %s"  # noqa: S608
_AFFECTED = """
    SELECT x.service_id FROM orders_source AS x WHERE x.offer_id = ANY(%s)
     UNION
    SELECT x.service_id FROM orders_source AS x
      JOIN orders_service AS s ON s.id = x.service_id AND (s.unavailable <> '' OR %s)
      JOIN providers_offer AS o ON o.id = x.offer_id
     WHERE o.provider_id = %s
"""
_STANDINGS = """
    SELECT s.id, s.type, s.own_min, s.own_max, s.own_rate,
           s.listed_name, s.listed_description, s.listed_min, s.listed_max, s.listed_rate,
           s.listed_refill, s.listed_cancel, s.listed_dripfeed, s.unavailable,
           s.markup_percent, s.markup_fixed, s.minimum_margin, s.rate_places,
           k.markup_percent, k.markup_fixed, k.minimum_margin, k.rate_places
      FROM orders_service AS s JOIN orders_category AS k ON k.id = s.category_id
     WHERE s.id = ANY(%s)
"""
_SUPPLIES = f"""
    SELECT x.service_id, {_OFFER}, p.exchange_rate, p.exchange_problem, p.is_active,
           i.markup_percent, i.markup_fixed, i.minimum_margin, i.rate_places
      FROM orders_source AS x
      JOIN providers_offer AS o ON o.id = x.offer_id
      JOIN providers_provider AS p ON p.id = o.provider_id
      LEFT JOIN orders_importplan AS i ON i.provider_id = p.id
     WHERE x.service_id = ANY(%s) AND x.is_active
     ORDER BY x.service_id, x.rank
"""  # noqa: S608
# The rows first, what belongs to them afterwards: read in one statement, a markup could be
# older than the lock that was waited for.
_LOCK = "SELECT id FROM orders_service WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def known_offers(provider_id: int) -> list[Known]:
    """All offers of a provider, gone ones too."""
    return [_known(row) for row in _rows(_KNOWN, [provider_id])]


def affected_services(
    offer_ids: Iterable[int], *, provider_id: int, is_everything: bool = False
) -> list[int]:
    """Services with one of these sources, and those of the provider that the machine does not
    sell (they may be mended by now) or, if asked, all of the provider's."""
    return [row[0] for row in _rows(_AFFECTED, [list(offer_ids), is_everything, provider_id])]


def lock_services(service_ids: Sequence[int]) -> None:
    """Keep these from being edited until the transaction ends; orders can still be placed."""
    _rows(_LOCK, [list(service_ids)])


def standings(service_ids: Sequence[int]) -> list[Standing]:
    return [
        Standing(
            id=row[0],
            type=row[1],
            listing=Listing(*row[5:14]),
            own_min=row[2],
            own_max=row[3],
            own_rate=row[4],
            markup=MarkupLevel(*row[14:18]),
            category_markup=MarkupLevel(*row[18:22]),
        )
        for row in _rows(_STANDINGS, [list(service_ids)])
    ]


def supplies(service_ids: Sequence[int]) -> dict[int, list[Supply]]:
    """The active sources of each service by rank. A service without any is missing."""
    found: dict[int, list[Supply]] = {}
    end = _OFFER_WIDTH + 1
    for row in _rows(_SUPPLIES, [list(service_ids)]):
        supply = Supply(
            offer=_known(row[1:end]),
            exchange_rate=row[end],
            exchange_problem=row[end + 1],
            is_provider_active=row[end + 2],
            provider_markup=MarkupLevel(*row[end + 3 :]),
        )
        found.setdefault(row[0], []).append(supply)
    return found


def category_markups(names: Iterable[str]) -> dict[str, MarkupLevel]:
    """The markups of those categories that exist, by name."""
    rows = Category.objects.filter(name__in=set(names)).values_list("name", *MarkupLevel._fields)
    return {name: MarkupLevel(*markup) for name, *markup in rows}


def plan_of(provider_id: int) -> ImportPlan:
    """The import plan, with the defaults (nothing by itself) when there is none."""
    plan = ImportPlan.objects.filter(provider_id=provider_id).first()
    return plan or ImportPlan(provider_id=provider_id)


def _known(row: Sequence[Any]) -> Known:
    offer_id, upstream_id, is_gone, held, held_from, was_imported, is_sold = row[:_STATE_WIDTH]
    accepted = Identity.read(json.loads(held_from)) if held_from else None
    facts = Facts._make(row[_STATE_WIDTH:])
    return Known(offer_id, upstream_id, facts, is_gone, held, accepted, was_imported, is_sold)


def _rows(statement: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
