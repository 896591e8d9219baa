"""One order is placed: terms are read, then one statement writes order, charge and balance."""

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
from orders.order_types import ORDER_TYPES, InvalidInputs, Limits, read
from orders.placing.quoting import OrderRefused, Quote, RefusedByPolicy, quote

LINK_DIGEST_BYTES = 16
IDEMPOTENCY_KEY_MAX = 100
LIMIT_WIDEST = 10**18

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
_BY_KEY = """
    SELECT o.id, o.provider_id, o.charge, o.service_id, s.type, o.inputs, o.created_at
      FROM orders_order AS o
      JOIN orders_service AS s ON s.id = o.service_id
     WHERE o.customer_id = %s AND o.idempotency_key = %s
"""


class DuplicateLink(OrderRefused):
    """An order for this link is active where this one would be delivered."""

    field = "link"


class PriceChanged(OrderRefused):
    """The service costs more by now than the customer was shown."""

    field = "service"


class IdempotencyConflict(OrderRefused):
    """The same idempotency key came with another order."""

    field = "idempotency_key"


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that stands in the book. ``balance`` is None for one placed earlier.

    ``provider_id`` is who will get it, None for services that staff deliver.
    """

    order_id: int
    charge: Decimal
    balance: Decimal | None
    provider_id: int | None = None
    is_replay: bool = False


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
    Raises InvalidInputs, OrderRefused, InsufficientBalance or MayNotSpend; then nothing happened
    (what a rule of the operator refused is counted).
    """
    earlier = _placed_before(customer_id, service_id, raw, idempotency_key)
    if earlier:
        return earlier
    wanted = _wanted(customer_id, service_id, raw, shown_rate=shown_rate, now=now)
    try:
        order_id, balance = _write(
            wanted, customer_id, service_id, origin=origin, key=idempotency_key, now=now
        )
    except IntegrityError as error:
        is_replay = ledger.constraint_of(error) == "order_idempotency_once"
        winner = is_replay and _placed_before(customer_id, service_id, raw, idempotency_key)
        if winner:
            return winner
        raise
    return Placed(order_id, wanted.charge, balance, wanted.terms.provider_id)


def link_digest(link: str) -> bytes:
    """A link as it is compared: case of scheme and host, scheme, ``www.`` and last slash aside."""
    bare = link.strip().split("#", 1)[0].rstrip("/")
    rest = bare.partition("://")[2] or bare
    host, slash, path = rest.partition("/")
    text = host.casefold().removeprefix("www.") + slash + path
    return hashlib.blake2b(text.encode(), digest_size=LINK_DIGEST_BYTES).digest()


def _wanted(
    customer_id: int,
    service_id: int,
    raw: Mapping[str, str],
    *,
    shown_rate: Decimal | None,
    now: datetime,
) -> Quote:
    """What is to be bought, at no dearer rate than the one shown."""
    wanted = _quoted(customer_id, service_id, raw, now=now)
    if shown_rate is not None and wanted.terms.rate > shown_rate:
        raise PriceChanged(_("The rate is now %(rate)s.") % {"rate": wanted.terms.rate})
    return wanted


def _quoted(customer_id: int, service_id: int, raw: Mapping[str, str], *, now: datetime) -> Quote:
    """As ``quote``; but here somebody really wanted it, so what a rule refuses is counted."""
    try:
        return quote(customer_id=customer_id, service_id=service_id, raw=raw, now=now)
    except RefusedByPolicy as refusal:
        refusal.count(now=now)
        raise


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
        *(customer_id, service_id, terms.offer_id, terms.provider_id, json.dumps(entered.inputs)),
        *(entered.link, entered.quantity, entered.runs, entered.units),
        *(terms.rate, wanted.charge, terms.cost_rate, cost, now if terms.offer_id else None),
        *(str(origin), key, now, link_digest(entered.link) if is_guarded else None),
    ]


def _placed_before(
    customer_id: int, service_id: int, raw: Mapping[str, str], key: str | None
) -> Placed | None:
    """The order that this key placed already. Raises IdempotencyConflict if it was another."""
    if not key:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_BY_KEY, [customer_id, key])
        row = cursor.fetchone()
    if row is None:
        return None
    order_id, provider_id, charge, its_service_id, kind, inputs, created_at = row
    if its_service_id != service_id or not _reads_as(inputs, kind, raw, created_at):
        raise IdempotencyConflict(_("This idempotency key belongs to another order."))
    return Placed(order_id, charge, None, provider_id=provider_id, is_replay=True)


def _reads_as(inputs: str, kind: str, raw: Mapping[str, str], created_at: datetime) -> bool:
    """Whether ``raw`` reads as the ``inputs`` (JSON), whatever the service allows by now."""
    widest = Limits(1, LIMIT_WIDEST, dripfeed=True)
    try:
        entered = read(ORDER_TYPES[kind], raw, limits=widest, today=created_at.date())
    except InvalidInputs:
        return False
    return bool(entered.inputs == json.loads(inputs))
