"""Refills as tests ask for them: of an order that completed at make.NOW, so long after that."""

from datetime import timedelta
from typing import Any

from orders import closing, refilling
from orders.lifecycle import Status
from orders.models import Order, Refill
from tests import make
from tests.orders.following import Upstream

TWO_DAYS = timedelta(days=2)


def completed(upstream: Upstream, **columns: Any) -> Order:
    """An order that completed at make.NOW, here and at the provider."""
    order = upstream.order(service=upstream.service(**columns))
    upstream.box.advance(1_000)
    closing.close(order.pk, Status.COMPLETED, now=make.NOW)
    order.refresh_from_db()
    return order


def asked(order: Order, *, after: timedelta = TWO_DAYS) -> Refill:
    now = make.NOW + after
    return refilling.request_refill(order.pk, customer_id=order.customer_id, now=now)


def sent(upstream: Upstream, *, after: timedelta = TWO_DAYS) -> int:
    """How many refills were sent."""
    return refilling.forward_refills(upstream.provider.pk, now=make.NOW + after)


def polled(upstream: Upstream, *, after: timedelta) -> int:
    """How many refills came to their end."""
    return refilling.poll_refills(upstream.provider.pk, now=make.NOW + after)
