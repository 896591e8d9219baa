"""Subscriptions without a number of posts: each served post is charged as it is reported.

Level-triggered like refunds: from the posts served follows what should be charged by now. What
the balance does not cover stays owed and is tried again at the next report.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from orders import ledger
from orders.lifecycle import AT_PROVIDER
from orders.models import CancelRequest, Customer, Order, OrderEvent, Review
from orders.money import plain, product
from orders.tracking.verdict import Verdict


def charge_served(verdicts: Iterable[Verdict], *, now: datetime) -> None:
    """Charge each metered order for the posts that were served and are not paid yet."""
    for verdict in verdicts:
        if verdict.posts:
            _charge(verdict.order.order_id, posts=verdict.posts, now=now)


@transaction.atomic
def _charge(order_id: int, *, posts: int, now: datetime) -> None:
    """Charge whole posts, as many as the balance covers; stop the order when it covers no more."""
    order = Order.objects.select_for_update().get(pk=order_id)
    customer = Customer.objects.select_for_update().get(pk=order.customer_id)
    price = product(order.rate, order.quantity)
    owed = posts - int(order.metered / price)
    paid = min(owed, _affordable(customer, price))
    if paid > 0:
        ledger.meter(order_id, price * paid)
        text = f"{paid} posts for {plain(price * paid)}."
        OrderEvent.objects.create(order_id=order_id, kind="metered", text=text, at=now)
    if paid < owed and order.status not in AT_PROVIDER:
        evidence = f"{posts} posts were served, {posts - owed + max(paid, 0)} are paid."
        Review.ask(order_id, Review.Reason.UNPAID, evidence)
    if order.status in AT_PROVIDER and _affordable(customer, price) - paid < 1:
        _stop(order, now=now)


def _affordable(customer: Customer, price: Decimal) -> int:
    """How many posts the balance that was read covers."""
    if customer.status != Customer.Status.ACTIVE:
        return 0
    return max(int((customer.balance + customer.credit_limit) / price), 0)


def _stop(order: Order, *, now: datetime) -> None:
    """Ask the provider to cancel, once, and tell the customer why."""
    if order.cancels.exists():
        return
    CancelRequest.objects.create(order=order, due_at=now, created_at=now)
    text = "The balance does not cover the next post: the subscription is being canceled."
    OrderEvent.objects.create(order_id=order.pk, kind="out_of_funds", text=text, at=now)
