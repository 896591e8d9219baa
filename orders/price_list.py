"""The price list that a customer reads: what is for sale now, at their own rates.

An edition names one state of the list as one customer sees it. The database starts a new one in
the transaction that changes anything the list is made of (migration ``editions``), so what was
made from an edition may be kept as long as the edition is current.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

_EDITION = """
    SELECT (SELECT md5(string_agg(id::text, ',' ORDER BY id)) FROM orders_catalogueedition),
           c.discount,
           EXISTS (SELECT 1 FROM orders_customerrate WHERE customer_id = c.id)
      FROM orders_customer AS c WHERE c.id = %s
"""
# The rate is that of pricing.customer_rate, made by the database for thousands at once.
_LIST = """
    SELECT coalesce('[' || string_agg(row_to_json(line)::text, ',') || ']', '[]')
      FROM (SELECT s.id AS service, s.name, s.type, k.name AS category,
                   CASE WHEN scale(r.rate) < 2 THEN round(r.rate, 2) ELSE r.rate END::text AS rate,
                   s.min::text AS min, s.max::text AS max, s.dripfeed, s.refill, s.cancel
              FROM orders_service AS s
              JOIN orders_category AS k ON k.id = s.category_id
              LEFT JOIN orders_customerrate AS own
                ON own.service_id = s.id AND own.customer_id = %s
              CROSS JOIN LATERAL (SELECT trim_scale(coalesce(own.rate,
                   ceil(s.rate * (100 - %s::numeric) * 1000) / 100000)) AS rate) AS r
             WHERE s.is_active AND s.unavailable = '' AND k.is_active
               AND (NOT EXISTS (SELECT 1 FROM orders_source AS x WHERE x.service_id = s.id)
                    OR EXISTS (SELECT 1 FROM orders_source AS x
                                 JOIN providers_offer AS o ON o.id = x.offer_id AND NOT o.is_gone
                                 JOIN providers_provider AS p ON p.id = o.provider_id
                                WHERE x.service_id = s.id AND x.is_active AND p.is_active))
             ORDER BY k.position, k.id, s.position, s.id) AS line
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """One state of the list. ``owner_id`` is the customer whose own rates it holds, or 0."""

    tag: str
    owner_id: int
    discount: Decimal


def edition_for(customer_id: int) -> Edition:
    """The edition that this customer reads now."""
    with connection.cursor() as cursor:
        cursor.execute(_EDITION, [customer_id])
        mark, discount, has_own_rates = cursor.fetchone()
    owner_id = customer_id if has_own_rates else 0
    return Edition(f"{mark}-{discount.normalize():f}-{owner_id}", owner_id, discount)


def as_json(edition: Edition) -> str:
    """The list of ``edition`` as the protocol writes it: one statement, JSON from the database."""
    with connection.cursor() as cursor:
        cursor.execute(_LIST, [edition.owner_id, edition.discount])
        (text,) = cursor.fetchone()
    return str(text)
