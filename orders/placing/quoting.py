"""What an order would be and cost: terms and entered inputs, priced. Changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from orders import pricing
from orders.models.policy import PolicyTally
from orders.money import MONEY_DIGITS, MONEY_PLACES, ZERO, product
from orders.order_types import ORDER_TYPES, Entered, Limits, OrderType, read
from orders.policy import Hit, Kind
from orders.rulebook import entry_of, rulebook_of

CHARGE_MAX = Decimal(10) ** (MONEY_DIGITS - MONEY_PLACES - 4)

_TERMS = """
    SELECT s.type, s.rate, s.min, s.max, s.dripfeed, s.one_order_per_link,
           s.is_active AND s.unavailable = '' AND k.is_active,
           c.discount, own.rate,
           EXISTS (SELECT 1 FROM orders_source WHERE service_id = s.id),
           best.offer_id, best.provider_id, best.cost, best.exchange_rate,
           s.category_id, (SELECT mark FROM orders_policyedition)
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


class OrderRefused(Exception):
    """This order cannot be placed; nothing has happened. ``field`` is the input to mend."""

    field = ""


class ServiceUnavailable(OrderRefused):
    """There is no such service for sale."""

    field = "service"


class ChargeTooLarge(OrderRefused):
    """The charge is beyond what an amount can hold."""

    field = "quantity"


class RefusedByPolicy(OrderRefused):
    """A rule of the operator refuses this order. ``hit`` says which, and for which input."""

    def __init__(self, hit: Hit) -> None:
        super().__init__(hit.rule.message or _usual_message(hit.rule.kind))
        self.hit = hit
        self.field = hit.field

    def count(self, *, now: datetime) -> None:
        """Note that an order was refused, for the operator to see."""
        PolicyTally.count(self.hit.rule.id, now=now)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a service asks for and costs this customer now; ``policy`` marks the rules in force."""

    service_id: int
    category_id: int
    order_type: OrderType
    rate: Decimal
    limits: Limits
    one_order_per_link: bool
    offer_id: int | None
    provider_id: int | None
    cost_rate: Decimal
    exchange_rate: Decimal
    policy: UUID | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order would be and cost; ``charge`` is exact."""

    terms: Terms
    entered: Entered
    charge: Decimal


def quote(*, customer_id: int, service_id: int, raw: Mapping[str, str], now: datetime) -> Quote:
    """Read and price what was entered, changing nothing.

    Raises InvalidInputs (with the error of each field), ServiceUnavailable, RefusedByPolicy or
    ChargeTooLarge.
    """
    return priced(terms_of(customer_id, service_id), raw, now=now)


def priced(terms: Terms, raw: Mapping[str, str], *, now: datetime) -> Quote:
    """What was entered, read, looked at by the rules and priced under known terms.

    Raises InvalidInputs, RefusedByPolicy or ChargeTooLarge.
    """
    entered = read(terms.order_type, raw, limits=terms.limits, today=now.date())
    _check_policy(terms, entered)
    charge = product(terms.rate, entered.units)
    if charge >= CHARGE_MAX:
        raise ChargeTooLarge(_("The charge is too large for one order."))
    return Quote(terms, entered, charge)


def terms_of(customer_id: int, service_id: int) -> Terms:
    """What the service asks of this customer now. Raises ServiceUnavailable."""
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, [customer_id, service_id])
        row = cursor.fetchone()
    if row is None:
        raise ServiceUnavailable(_("Incorrect service ID"))
    kind, rate, low, high, dripfeed, once, for_sale, discount, own, sourced = row[:10]
    offer_id, provider_id, cost, exchange_rate, category_id, policy = row[10:]
    if not for_sale or (sourced and offer_id is None):
        raise ServiceUnavailable(_("This service is not available at the moment."))
    return Terms(
        service_id=service_id,
        category_id=category_id,
        order_type=ORDER_TYPES[kind],
        rate=pricing.customer_rate(rate, discount=discount, own=own),
        limits=Limits(low, high, dripfeed),
        one_order_per_link=once,
        offer_id=offer_id,
        provider_id=provider_id,
        cost_rate=cost or ZERO,
        exchange_rate=exchange_rate or Decimal(1),
        policy=policy,
    )


def _check_policy(terms: Terms, entered: Entered) -> None:
    """The one place where rules refuse: forms, lists, the API and dry runs all come through."""
    if terms.policy is None:
        return
    entry = entry_of(
        terms.order_type,
        entered.inputs,
        service_id=terms.service_id,
        category_id=terms.category_id,
    )
    hit = rulebook_of(terms.policy).first_hit(entry)
    if hit:
        raise RefusedByPolicy(hit)


def _usual_message(kind: str) -> str:
    if kind in (Kind.SERVICE, Kind.CATEGORY):
        return _("This service cannot be ordered at the moment.")
    if kind in (Kind.WORD, Kind.WORD_PART):
        return _("This contains a word that is not accepted here.")
    return _("Orders for this link are not accepted here.")
