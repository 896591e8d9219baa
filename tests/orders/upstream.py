"""A sandbox we buy from, with the rows that stand for it here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from orders import forwarding
from orders.models import Attempt, Order, Review, Service, Source
from providers.models import Offer, Provider
from providers.sandbox import Sandbox
from tests import make


@dataclass
class Upstream:
    """One provider that answers, an offer of it and a service made from that."""

    box: Sandbox
    provider: Provider
    offer: Offer
    service: Service

    def placed(self, **raw: Any) -> Order:
        raw.setdefault("customer", make.customer())
        return make.placed(service=self.service, now=timezone.now(), **raw)

    def forward(self, *, after_s: float = 0, **limits: Any) -> forwarding.Round:
        now = timezone.now() + timedelta(seconds=after_s)
        return forwarding.forward_due(self.provider.pk, now=now, **limits)


def trade(box: Sandbox, *, type: str = "Default", rate: str = "", **columns: Any) -> Upstream:
    """Rows for one service of the sandbox; ``columns`` are the provider's."""
    columns.setdefault("timeout_s", 60)
    columns.setdefault("rate_per_s", 1000)
    provider = make.provider(url=box.url, api_key=box.key, **columns)
    listed = next(
        one
        for one in box.provider.catalogue.services.values()
        if one.type == type and one.min <= 1000 <= one.max
    )
    offer = offer_of(provider, listed)
    service = make.service(
        type=type, rate=rate or _rounded(listed.rate * 2), offers=[offer], listed_dripfeed=True
    )
    return Upstream(box, provider, offer, service)


def offer_of(provider: Provider, listed: Any, **columns: Any) -> Offer:
    """An offer as the sandbox lists it."""
    facts = {"upstream_id": str(listed.id), "type": listed.type, "cost": listed.rate}
    return make.offer(provider, **{**facts, **columns})


def second_source(upstream: Upstream, *, factor: str = "1", **columns: Any) -> Offer:
    """The same sandbox as another provider, and its offer as the second source."""
    listed = upstream.offer
    facts = {"upstream_id": listed.upstream_id, "cost": listed.cost * Decimal(factor)}
    provider = make.provider(url=upstream.box.url, api_key=upstream.box.key)
    offer = make.offer(provider, **{**facts, **columns})
    Source.objects.create(service=upstream.service, offer=offer, rank=2)
    return offer


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def attempts(order: Order) -> list[str]:
    """The outcomes of the order's attempts, oldest first."""
    return list(Attempt.objects.filter(order=order).values_list("outcome", flat=True))


def open_reviews(order: Order) -> set[str]:
    return set(
        Review.objects.filter(order=order, resolved_at=None).values_list("reason", flat=True)
    )


def sent_links(box: Sandbox) -> list[str]:
    """The link of each order that the sandbox accepted."""
    return [one["params"]["link"] for one in box.orders()]


def age(order: Order, by: timedelta) -> None:
    """Let the order's attempts have happened that much earlier."""
    for attempt in Attempt.objects.filter(order=order):
        attempt.opened_at -= by
        if attempt.closed_at is not None:
            attempt.closed_at -= by
        attempt.save()


def run_out(order: Order) -> None:
    """Let the lease on the order be over."""
    over: datetime = timezone.now() - timedelta(seconds=1)
    Order.objects.filter(pk=order.pk).update(claimed_until=over)


def _rounded(rate: Decimal) -> str:
    return format(rate.quantize(Decimal("0.00001")), "f")
