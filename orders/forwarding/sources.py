"""Which offer may deliver an order: usable, fitting, and not dearer than allowed."""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from orders import pricing
from orders.ledger import constraint_of
from orders.models import Attempt, OpenLink, Order, Review, Service, Source
from orders.order_types import ORDER_TYPES, find_type
from orders.pricing import HUNDRED, converted
from providers.models import Offer, Provider

SOURCES_MAX = 50
SOURCE_COLUMNS = ("offer", "provider", "cost_rate", "cost")
RELEASED = "released"
"""How a question about the margin is settled when a person accepts the cost."""


def margin_is_kept(order: Order, offer: Offer, provider: Provider, service: Service) -> bool:
    """Whether the offer's cost now leaves the share of the charge that the service asks for.

    Reckoned per 1000 units, so it also holds for what is metered. A cost above the charge never
    passes.
    """
    cost = converted(offer.cost, provider.exchange_rate)
    return order.rate - cost >= order.rate * service.minimum_share_kept / HUNDRED


def loss_is_accepted(order: Order, offer: Offer, provider: Provider) -> bool:
    """Whether a person let this order go at a cost at least as high as it has now."""
    accepted = Review.objects.filter(
        order_id=order.pk, reason=Review.Reason.MARGIN, resolution=RELEASED
    )
    return cost_now(order, offer, provider) <= order.cost and accepted.exists()


def cost_now(order: Order, offer: Offer, provider: Provider) -> Decimal:
    """What the order costs us at this offer, in the panel's currency."""
    return pricing.cost_of(offer.cost, exchange_rate=provider.exchange_rate, units=order.units)


def next_source(order: Order, *, now: datetime, only_first: bool = False) -> Offer | None:
    """The best other offer that may deliver the order: not refused before, reachable, affordable.

    ``only_first`` skips the service's wish: the present source is gone, so any that fits will do.
    """
    service = order.service
    if not (service.use_next_source or only_first):
        return None
    sources = list(
        Source.objects.filter(service_id=order.service_id)
        .select_related("offer__provider")
        .order_by("rank")[:SOURCES_MAX]
    )
    if not sources:
        return None
    limit = _cost_limit(sources[0].offer, service)
    refused = _refused_offers(order) | {order.offer_id}
    known = Provider.objects.reachable(now).filter(exchange_problem="")
    reachable = set(known.values_list("pk", flat=True))
    for source in sources:
        offer = source.offer
        is_open = source.is_active and not offer.is_gone and offer.provider_id in reachable
        if is_open and offer.pk not in refused and fits(order, offer):
            cost = converted(offer.cost, offer.provider.exchange_rate)
            if cost <= limit and margin_is_kept(order, offer, offer.provider, service):
                return offer
    return None


def fits(order: Order, offer: Offer) -> bool:
    """Whether the offer takes orders of this type and size."""
    its_type = find_type(offer.type)
    order_type = ORDER_TYPES[order.service.type]
    if its_type is None or its_type.title != order_type.title:
        return False
    if order_type.is_package:
        return True
    if order_type.is_subscription:
        low, high = int(order.inputs["min"]), int(order.inputs["max"])
        return offer.min <= low and high <= offer.max
    is_in_portions = order.inputs.get("runs") is not None
    is_in_limits = offer.min <= order.quantity and order.quantity * order.runs <= offer.max
    return is_in_limits and (offer.dripfeed or not is_in_portions)


def move_to_source(order: Order, offer: Offer) -> bool:
    """Make ``offer`` the one that delivers; its cost is frozen anew. The caller holds the lock.

    False when another order for the same link is active there: then nothing has changed. The
    SOURCE_COLUMNS are set on ``order``, the caller saves them.
    """
    try:
        with transaction.atomic():
            OpenLink.objects.filter(order_id=order.pk).update(offer=offer)
    except IntegrityError as error:
        if constraint_of(error) != "open_link_once":
            raise
        return False
    order.offer, order.provider = offer, offer.provider
    order.cost_rate = offer.cost
    order.cost = cost_now(order, offer, offer.provider)
    return True


def take_next_source(order: Order, *, now: datetime, only_first: bool = False) -> bool:
    """Move the order to its next usable source, if there is one. The caller holds the lock."""
    offer = next_source(order, now=now, only_first=only_first)
    return offer is not None and move_to_source(order, offer)


def _cost_limit(first: Offer, service: Service) -> Decimal:
    """The most that a next source may cost, per 1000 in the panel's currency."""
    cost = converted(first.cost, first.provider.exchange_rate)
    return cost * (1 + service.extra_cost_percent / HUNDRED)


def _refused_offers(order: Order) -> set[int | None]:
    attempts = Attempt.objects.filter(
        order_id=order.pk, action=Attempt.Action.ADD, outcome=Attempt.Outcome.REFUSED
    )
    return set(attempts.values_list("offer_id", flat=True))
