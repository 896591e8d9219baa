"""Claims, leases and locks of a round: what is held, for how long, and by whose clock."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from orders import closing, forwarding, resolving
from orders.lifecycle import Status
from orders.models import Attempt, CancelRequest, Order
from providers.sandbox import Sandbox
from tests import make
from tests.orders.races import together
from tests.orders.upstream import attempts, fresh, run_out, sent_links, trade

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


def test_the_attempt_is_committed_before_the_call(box):
    upstream = trade(box)
    order = upstream.placed()
    seen = []
    answer = box.provider.respond

    def respond(params):
        # The sandbox's thread has a connection of its own: it sees only what is committed.
        seen.append((fresh(order).status, attempts(order)))
        connection.close()
        return answer(params)

    box.provider.respond = respond
    upstream.forward()

    assert seen == [(Status.SUBMITTING, ["open"])]


def test_b20_an_order_that_is_to_be_canceled_is_not_sent(box):
    upstream = trade(box)
    order = upstream.placed()
    CancelRequest.objects.create(order=order)

    assert not upstream.forward()
    assert box.calls("add") == 0


def test_a_claim_whose_lease_is_over_opens_no_attempt(box):
    upstream = trade(box)
    order = upstream.placed()
    (claim,) = forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())
    run_out(order)
    over = fresh(order).claimed_until
    assert over
    stale = forwarding.claiming.Claim(claim.order, over)

    assert forwarding.claiming.open_attempts(upstream.provider, [(stale, {})]) == {}
    assert forwarding.claiming.open_attempts(upstream.provider, [(claim, {})]) == {}
    assert attempts(order) == []


def test_an_order_that_somebody_writes_just_now_is_not_expired(box):
    upstream = trade(box)
    order = upstream.placed()
    forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())
    run_out(order)

    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order.pk)
        assert together([lambda: forwarding.expire_claims(now=timezone.now())]) == [0]
    assert forwarding.expire_claims(now=timezone.now()) == 1


def test_b20_a_cancel_and_a_claim_at_once_have_one_winner(box):
    upstream = trade(box, concurrency=16)
    buyer = make.customer(balance="1000")
    orders = [upstream.placed(customer=buyer) for _ in range(150)]
    rejected = []

    def cancel():
        for order in orders:
            try:
                closing.close(
                    order.pk,
                    Status.CANCELED,
                    now=timezone.now(),
                    expected=frozenset({Status.PENDING}),
                )
            except closing.OrderMoved:
                rejected.append(order.pk)

    def forward():
        for _ in range(30):
            upstream.forward(limit=10)

    together([cancel, forward])

    sent = set(sent_links(box))
    assert len(box.orders()) == len(sent)
    for order in map(fresh, orders):
        is_sent = order.link in sent
        assert order.status == (Status.PROCESSING if is_sent else Status.CANCELED)
        assert order.refunded == (0 if is_sent else order.charge)
    assert len(rejected) == len(sent)


def test_b20_a_claimed_order_cannot_be_canceled_as_if_it_waited(box):
    upstream = trade(box)
    order = upstream.placed()
    forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())

    with pytest.raises(closing.OrderMoved):
        closing.close(
            order.pk, Status.CANCELED, now=timezone.now(), expected=frozenset({Status.PENDING})
        )


def test_b21_an_order_under_way_can_neither_be_held_nor_released_nor_resolved(box):
    upstream = trade(box)
    order = upstream.placed()
    forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())
    now = timezone.now()

    with pytest.raises(forwarding.NotHeld):
        forwarding.hold(order.pk, actor="ann")
    with pytest.raises(forwarding.NotHeld):
        forwarding.release(order.pk, actor="ann", now=now)
    for answer in (resolving.was_not_placed, resolving.refund):
        with pytest.raises(resolving.NotUnknown):
            answer(order.pk, actor="ann", now=now)


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(hours=1)])
def test_c22_leases_follow_the_clock_of_the_database_alone(box, off):
    upstream = trade(box)
    order = upstream.placed()
    Order.objects.update(due_at=timezone.now() - timedelta(hours=2))
    (claim,) = forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now() + off)

    assert timezone.now() < claim.token < timezone.now() + timedelta(minutes=5)
    assert forwarding.expire_claims(now=timezone.now() + off) == 0
    assert fresh(order).status == Status.SUBMITTING


def test_a_lease_is_longer_than_three_deadlines(box):
    upstream = trade(box, timeout_s=5)
    order = upstream.placed()
    leases = []
    answer = box.provider.respond

    def respond(params):
        row = Attempt.objects.get(order=order)
        leases.append(
            (row.lease_until - row.opened_at, row.lease_until == fresh(order).claimed_until)
        )
        connection.close()
        return answer(params)

    box.provider.respond = respond
    upstream.forward()

    ((lease, is_the_orders),) = leases
    assert is_the_orders
    assert lease > timedelta(seconds=15)


def test_no_call_is_made_inside_a_transaction_or_under_a_lock(box):
    upstream = trade(box)
    order = upstream.placed()
    free = []
    answer = box.provider.respond

    def respond(params):
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT id FROM orders_order WHERE id = %s FOR UPDATE NOWAIT", [order.pk]
            )
            free.append(cursor.fetchone()[0])
            cursor.execute("ROLLBACK")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                " AND datname = current_database()"
            )
            free.append(cursor.fetchone()[0])
        connection.close()
        return answer(params)

    box.provider.respond = respond
    upstream.forward()

    assert free == [order.pk, 0]
