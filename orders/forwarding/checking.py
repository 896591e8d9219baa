"""May a claimed order still be sent as it stands? The price and the source may have changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from orders.forwarding.claiming import Claim
from orders.forwarding.outcomes import Tally
from orders.forwarding.sources import (
    SOURCE_COLUMNS,
    cost_now,
    loss_is_accepted,
    margin_is_kept,
    take_next_source,
)
from orders.lifecycle import Status
from orders.models import Order, OrderEvent, Review, Source
from orders.money import plain
from providers.models import Provider

_HOLD_REASONS = {
    Order.Hold.MARGIN: Review.Reason.MARGIN,
    Order.Hold.SOURCE: Review.Reason.SOURCE,
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an order is not sent as it stands."""

    hold: str
    text: str


def sendable(
    claims: Sequence[Claim], provider: Provider, *, now: datetime, tally: Tally
) -> list[Claim]:
    """The claims that may be sent. The others go to their next source, or are held."""
    usable = usable_sources([claim.order for claim in claims])
    good = []
    for claim in claims:
        obstacle = find_obstacle(claim.order, provider, usable)
        if obstacle is None:
            good.append(claim)
        else:
            tally.add(_put_aside(claim, obstacle, now=now))
    return good


def usable_sources(orders: Sequence[Order]) -> set[tuple[int, int]]:
    """The (service, offer) pairs that staff have switched on and that providers still list."""
    services = {order.service_id for order in orders}
    sources = Source.objects.filter(service_id__in=services, is_active=True, offer__is_gone=False)
    return set(sources.values_list("service_id", "offer_id"))


def find_obstacle(
    order: Order, provider: Provider, usable: set[tuple[int, int]]
) -> Obstacle | None:
    """What speaks against sending the order to its present source now."""
    offer = order.offer
    if offer is None or (order.service_id, offer.pk) not in usable or not provider.is_active:
        return Obstacle(Order.Hold.SOURCE, "The source is gone.")
    if provider.exchange_problem:
        return Obstacle(Order.Hold.SOURCE, "What the source costs now cannot be converted.")
    if margin_is_kept(order, offer, provider, order.service):
        return None
    if loss_is_accepted(order, offer, provider):
        return None
    cost = plain(cost_now(order, offer, provider))
    return Obstacle(
        Order.Hold.MARGIN, f"It would cost {cost} by now; charged {plain(order.charge)}."
    )


@transaction.atomic
def _put_aside(claim: Claim, obstacle: Obstacle, *, now: datetime) -> str:
    """To the next source, else held; returns which. Nothing when the claim is no longer ours."""
    order = (
        Order.objects.select_for_update()
        .filter(pk=claim.order.pk, status=Status.SUBMITTING, claimed_until=claim.token)
        .first()
    )
    if order is None:
        return "lost"
    order.service, order.offer = claim.order.service, claim.order.offer
    is_gone = obstacle.hold == Order.Hold.SOURCE
    if take_next_source(order, now=now, only_first=is_gone):
        columns = {name: getattr(order, name) for name in SOURCE_COLUMNS}
        order.move_to(Status.PENDING, now=now, due_at=now, **columns)
        OrderEvent.note(order.pk, "next_source", f"{obstacle.text} Now {order.offer}.")
        return "rerouted"
    order.move_to(Status.PENDING, now=now)
    put_on_hold(order, obstacle)
    return "held"


def put_on_hold(order: Order, obstacle: Obstacle) -> None:
    """Keep a PENDING order from being sent, and ask a person. The caller holds its lock."""
    order.hold, order.due_at = obstacle.hold, None
    order.save(update_fields=["hold", "due_at"])
    OrderEvent.note(order.pk, "held", obstacle.text)
    Review.ask(order.pk, _HOLD_REASONS[Order.Hold(obstacle.hold)], obstacle.text)
