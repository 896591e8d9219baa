"""Orders that a sandbox provider really has, for tests of what happens after acceptance."""

from collections.abc import Sequence
from datetime import timedelta

from orders import tracking
from orders.lifecycle import Status
from orders.models import Customer, Order, PollBucket, Review, Service
from orders.models.buckets import enlist
from providers.client import Accepted, Connection, add
from providers.models import Offer, Provider
from providers.sandbox import Sandbox
from tests import make

DEFAULT, PACKAGE, SUBSCRIPTIONS = 1, 2, 11
LATER = timedelta(days=1)


class Upstream:
    """A sandbox and the provider row that leads to it. Time is moved by hand, on both sides."""

    def __init__(self, box: Sandbox, **columns) -> None:
        self.box = box
        self.now = make.NOW
        self.provider: Provider = make.provider(url=box.url, api_key=box.key, **columns)
        self._offers: dict[int, Offer] = {}

    def service(self, number: int = DEFAULT, **columns) -> Service:
        """Our service for number ``number`` of the sandbox."""
        if number not in self._offers:
            self._offers[number] = make.offer(self.provider, upstream_id=str(number))
        columns.setdefault("listed_refill", True)
        columns.setdefault("listed_cancel", True)
        columns.setdefault("listed_min", 1)
        return make.service(offers=[self._offers[number]], **columns)

    def order(self, *, service: Service | None = None, number: int = DEFAULT, **raw) -> Order:
        """An order that was placed here, accepted there, and is in a bucket."""
        placed = make.placed(service=service or self.service(number), now=self.now, **raw)
        return self.accepted([placed], number=number)[0]

    def orders(self, count: int, *, customer: Customer | None = None, **raw) -> list[Order]:
        service = self.service()
        buyer = customer or make.customer(balance="100000")
        placed = [
            make.placed(customer=buyer, service=service, now=self.now, **raw) for _ in range(count)
        ]
        return self.accepted(placed)

    def accepted(self, placed: Sequence[Order], *, number: int = DEFAULT) -> list[Order]:
        conn = Connection.of(self.provider)
        for order in placed:
            outcome = add(conn, {"service": str(number), **order.inputs})
            assert isinstance(outcome, Accepted), outcome
            Order.objects.filter(pk=order.pk).update(
                status=Status.PROCESSING, upstream_id=outcome.upstream_id, due_at=None
            )
            order.refresh_from_db()
        enlist(self.provider.pk, [order.pk for order in placed], now=self.now)
        return list(placed)

    def report(self, order: Order, **reply) -> None:
        """What the provider says about ``order`` from now on."""
        self.box.report(order.upstream_id or "", **reply)

    def poll(self, *, after: timedelta = LATER) -> tracking.Cycle:
        """Let time pass and poll everything that is due by then."""
        self.now += after
        total = tracking.Cycle()
        for _ in range(1_000):
            cycle = tracking.poll_due(self.provider.pk, now=self.now)
            for name in ("buckets", "calls", "asked", "answered", "changed", "ended", "failed"):
                setattr(total, name, getattr(total, name) + getattr(cycle, name))
            total.error = cycle.error or total.error
            total.currencies |= cycle.currencies
            if not cycle:
                return total
        raise AssertionError("polling never comes to an end")

    def poll_times(self, times: int, *, after: timedelta = LATER) -> None:
        for _ in range(times):
            self.poll(after=after)


def reasons(order: Order) -> list[str]:
    """Why a person is asked about ``order``, open questions alone."""
    return list(
        Review.objects.filter(order=order, resolved_at=None).values_list("reason", flat=True)
    )


def timeline(order: Order, kind: str) -> list[str]:
    return list(order.events.filter(kind=kind).order_by("id").values_list("text", flat=True))


def seen(order: Order) -> Order:
    order.refresh_from_db()
    return order


def balance(order: Order):
    return Customer.objects.get(pk=order.customer_id).balance


def buckets() -> int:
    return PollBucket.objects.count()
