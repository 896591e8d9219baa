"""A customer buys: read what was entered, price it, charge it and leave a row that is due.

The way from a wish to a PENDING order is the panel's hottest: one statement reads the terms, one
writes order, charge and balance. Both are written by hand; nothing else here is.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from orders import ledger, pricing
from orders.models import Order
from orders.money import MONEY_DIGITS, MONEY_PLACES, ZERO, product
from orders.order_types import ORDER_TYPES, Entered, Limits, OrderType, read

CHARGE_MAX = Decimal(10) ** (MONEY_DIGITS - MONEY_PLACES - 4)
LINK_DIGEST_BYTES = 16
IDEMPOTENCY_KEY_MAX = 100
LIMIT_WIDEST = 10**18

_TERMS = """
    SELECT s.type, s.rate, s.min, s.max, s.dripfeed, s.one_order_per_link,
           s.is_active AND s.unavailable = '' AND k.is_active,
           c.discount, own.rate,
           EXISTS (SELECT 1 FROM orders_source WHERE service_id = s.id),
           best.offer_id, best.provider_id, best.cost, best.exchange_rate
      FROM orders_service AS s
      JOIN orders_category AS k ON k.id = s.category_id
      JOIN orders_customer AS c ON c.id = %s
      LEFT JOIN orders_customerrate AS own ON own.customer_id = c.id AND own.service_id = s.id
      LEFT JOIN LATERAL (
           SELECT o.id AS offer_id, p.id AS provider_id, o.cost, p.exchange_rate
             FROM orders_source AS x
             JOIN providers_offer AS o ON o.id = x.offer_id AND NOT o.is_gone
             JOIN providers_provider AS p ON p.id = o.provider_id AND p.is_active
            WHERE x.service_id = s.id AND x.is_active
            ORDER BY x.rank LIMIT 1) AS best ON true
     WHERE s.id = %s
"""
_PLACE = f"""
    WITH new_order AS (
        INSERT INTO orders_order (customer_id, service_id, offer_id, provider_id, inputs, link,
            quantity, runs, units, rate, charge, metered, refunded, cost_rate, cost,
            status, hold, due_at, tries, misses, origin, idempotency_key, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, %s, %s,
            'pending', '', %s, 0, 0, %s, %s, %s)
        RETURNING id, customer_id, offer_id, charge
    ), charged AS ({ledger.CHARGE_OF_NEW_ORDER}
    ), linked AS (
        INSERT INTO orders_openlink (order_id, offer_id, digest)
        SELECT id, offer_id, digest FROM new_order, (SELECT %s::bytea AS digest) AS link
         WHERE digest IS NOT NULL
    )
    SELECT new_order.id, charged.balance_after FROM new_order, charged
"""  # noqa: S608


class OrderRefused(Exception):
    """This order cannot be placed; nothing has happened. ``field`` is the input to mend."""

    field = ""


class ServiceUnavailable(OrderRefused):
    """There is no such service for sale."""

    field = "service"


class DuplicateLink(OrderRefused):
    """An order for this link is active where this one would be delivered."""

    field = "link"


class PriceChanged(OrderRefused):
    """The service costs more by now than the customer was shown."""

    field = "service"


class ChargeTooLarge(OrderRefused):
    """The charge is beyond what an amount can hold."""

    field = "quantity"


class IdempotencyConflict(OrderRefused):
    """The same idempotency key came with another order."""

    field = "idempotency_key"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a service asks for and costs this customer now."""

    order_type: OrderType
    rate: Decimal
    limits: Limits
    one_order_per_link: bool
    offer_id: int | None
    provider_id: int | None
    cost_rate: Decimal
    exchange_rate: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order would be and cost; ``charge`` is exact."""

    terms: Terms
    entered: Entered
    charge: Decimal


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that stands in the book. ``balance`` is None for one placed earlier."""

    order_id: int
    charge: Decimal
    balance: Decimal | None
    is_replay: bool = False


def quote(*, customer_id: int, service_id: int, raw: Mapping[str, str], now: datetime) -> Quote:
    """Read and price what was entered, changing nothing.

    Raises InvalidInputs (with the error of each field), ServiceUnavailable or ChargeTooLarge.
    """
    terms = _terms(customer_id, service_id)
    entered = read(terms.order_type, raw, limits=terms.limits, today=now.date())
    charge = product(terms.rate, entered.units)
    if charge >= CHARGE_MAX:
        raise ChargeTooLarge(_("The charge is too large for one order."))
    return Quote(terms, entered, charge)


def place_order(
    *,
    customer_id: int,
    service_id: int,
    raw: Mapping[str, str],
    now: datetime,
    origin: str = Order.Origin.WEB,
    idempotency_key: str | None = None,
    shown_rate: Decimal | None = None,
) -> Placed:
    """Charge the customer and leave a PENDING order for the next forwarding round.

    The same ``idempotency_key`` gives the same order, charged once. ``shown_rate`` is the rate
    that the customer saw: a dearer one is refused, a cheaper one charged.
    Raises InvalidInputs, OrderRefused, InsufficientBalance or MayNotSpend; then nothing happened.
    """
    if idempotency_key:
        earlier = _placed_before(customer_id, service_id, raw, idempotency_key)
        if earlier:
            return earlier
    wanted = quote(customer_id=customer_id, service_id=service_id, raw=raw, now=now)
    if shown_rate is not None and wanted.terms.rate > shown_rate:
        raise PriceChanged(_("The rate is now %(rate)s.") % {"rate": wanted.terms.rate})
    try:
        order_id, balance = _write(
            wanted, customer_id, service_id, origin=origin, key=idempotency_key, now=now
        )
    except IntegrityError as error:
        if ledger.constraint_of(error) == "order_idempotency_once" and idempotency_key:
            winner = _placed_before(customer_id, service_id, raw, idempotency_key)
            if winner:
                return winner
        raise
    return Placed(order_id, wanted.charge, balance)


def link_digest(link: str) -> bytes:
    """A link as it is compared: case of scheme and host, scheme, ``www.`` and last slash aside."""
    bare = link.strip().split("#", 1)[0].rstrip("/")
    rest = bare.partition("://")[2] or bare
    host, slash, path = rest.partition("/")
    text = host.casefold().removeprefix("www.") + slash + path
    return hashlib.blake2b(text.encode(), digest_size=LINK_DIGEST_BYTES).digest()


def _terms(customer_id: int, service_id: int) -> Terms:
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, [customer_id, service_id])
        row = cursor.fetchone()
    if row is None:
        raise ServiceUnavailable(_("Incorrect service ID"))
    kind, rate, low, high, dripfeed, once, for_sale, discount, own, sourced = row[:10]
    offer_id, provider_id, cost, exchange_rate = row[10:]
    if not for_sale or (sourced and offer_id is None):
        raise ServiceUnavailable(_("This service is not available at the moment."))
    return Terms(
        order_type=ORDER_TYPES[kind],
        rate=pricing.customer_rate(rate, discount=discount, own=own),
        limits=Limits(low, high, dripfeed),
        one_order_per_link=once,
        offer_id=offer_id,
        provider_id=provider_id,
        cost_rate=cost or ZERO,
        exchange_rate=exchange_rate or Decimal(1),
    )


def _write(
    wanted: Quote,
    customer_id: int,
    service_id: int,
    *,
    origin: str,
    key: str | None,
    now: datetime,
) -> tuple[int, Decimal]:
    """One statement, and outside of a transaction it is one: no round trip for BEGIN and COMMIT."""
    values = _columns(wanted, customer_id, service_id, origin=origin, key=key, now=now)
    inside = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with ledger.refusals(), inside, connection.cursor() as cursor:
            cursor.execute(_PLACE, values)
            return cursor.fetchone()
    except IntegrityError as error:
        if ledger.constraint_of(error) == "open_link_once":
            raise DuplicateLink(
                _("You have active order with this link. Please wait until order being completed.")
            ) from error
        raise


def _columns(
    wanted: Quote,
    customer_id: int,
    service_id: int,
    *,
    origin: str,
    key: str | None,
    now: datetime,
) -> list[Any]:
    terms, entered = wanted.terms, wanted.entered
    cost = pricing.cost_of(terms.cost_rate, exchange_rate=terms.exchange_rate, units=entered.units)
    is_guarded = terms.one_order_per_link and terms.offer_id is not None
    return [
        customer_id,
        service_id,
        terms.offer_id,
        terms.provider_id,
        json.dumps(entered.inputs),
        entered.link,
        entered.quantity,
        entered.runs,
        entered.units,
        terms.rate,
        wanted.charge,
        terms.cost_rate,
        cost,
        now if terms.offer_id else None,
        str(origin),
        key,
        now,
        link_digest(entered.link) if is_guarded else None,
    ]


def _placed_before(
    customer_id: int, service_id: int, raw: Mapping[str, str], key: str
) -> Placed | None:
    """The order that this key placed already. Raises IdempotencyConflict if it was another."""
    order = (
        Order.objects.filter(customer_id=customer_id, idempotency_key=key)
        .select_related("service")
        .first()
    )
    if order is None:
        return None
    same = order.service_id == service_id and _reads_as(order, raw)
    if not same:
        raise IdempotencyConflict(_("This idempotency key belongs to another order."))
    return Placed(order.pk, order.charge, None, is_replay=True)


def _reads_as(order: Order, raw: Mapping[str, str]) -> bool:
    """Whether ``raw`` holds the inputs of ``order``, whatever its service allows by now."""
    widest = Limits(1, LIMIT_WIDEST, dripfeed=True)
    entered = read(
        ORDER_TYPES[order.service.type], raw, limits=widest, today=order.created_at.date()
    )
    return entered.inputs == order.inputs
