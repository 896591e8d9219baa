"""B19: a provider without money holds the queue; after its hours what waits is paid back, once."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders import giving_up, proving
from orders.forwarding.claiming import claim
from orders.lifecycle import CancelStatus, Status
from orders.models import Attempt, CancelRequest, Order, OrderEvent
from panel.models import Notice, NoticeMark
from panel.notices import finding
from providers import health
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import make
from tests.orders import races
from tests.orders.upstream import attempts, fresh, trade

pytestmark = pytest.mark.django_db(transaction=True)
HOURS = 24
DEADLINE_S = 60
RACES, RACES_AT_ONCE = 100, 20


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture
def upstream(box):
    """A provider whose waiting orders are paid back after a day. It is not called now."""
    upstream = trade(box, give_up_after_h=HOURS)
    away(upstream)
    return upstream


def away(upstream):
    until = timezone.now() + timedelta(days=30)
    health.pause(upstream.provider.pk, until=until, reason="Not enough funds")


def give_up(*, after_h=HOURS + 1):
    return giving_up.give_up_overdue(now=timezone.now() + timedelta(hours=after_h))


def test_b19_what_waits_longer_than_the_hours_is_canceled_and_paid_back_once(box):
    upstream, buyer = trade(box, give_up_after_h=HOURS), make.customer(balance="100")
    order = upstream.placed(customer=buyer)
    box.fault("refuse", "Not enough funds on balance", action="add")
    upstream.forward()
    health.pause(
        upstream.provider.pk, until=timezone.now() + timedelta(days=2), reason="Not enough funds"
    )

    assert (give_up(after_h=HOURS - 1), give_up(), give_up()) == (0, 1, 0)

    assert (fresh(order).status, fresh(order).refunded) == (Status.CANCELED, order.charge)
    buyer.refresh_from_db()
    assert buyer.balance == 100
    line = OrderEvent.objects.get(order=order, kind="canceled")
    assert "Waited for 24 hours and could not be sent" in line.text
    assert line.actor == ""
    assert attempts(order) == ["refused"]
    assert proving.prove().is_sound


def test_b19_what_was_given_up_is_never_sent_when_the_provider_has_money_again(box, upstream):
    upstream.placed()
    give_up()

    health.resume(upstream.provider.pk)
    upstream.forward(after_s=60)

    assert box.calls("add") == 0


def test_b19_without_the_rule_orders_wait_for_ever(box):
    upstream = trade(box)
    order = upstream.placed()
    away(upstream)

    assert give_up(after_h=24 * 365) == 0
    assert fresh(order).status == Status.PENDING


def test_b19_the_customer_is_told_as_of_every_cancel(upstream):
    buyer = make.customer(balance="100")
    reader = make.user(customer=buyer, mail_money_back=True)
    finding.find(now=timezone.now())
    assert NoticeMark.objects.exists()
    upstream.placed(customer=buyer)

    give_up()
    finding.find(now=timezone.now())

    told = Notice.objects.filter(user=reader, event="money_back")
    assert told.count() == 1


def test_what_can_be_sent_now_is_sent_and_not_paid_back(box):
    upstream = trade(box, give_up_after_h=HOURS)
    due, later = upstream.placed(), upstream.placed()
    Order.objects.filter(pk=later.pk).update(due_at=timezone.now() + timedelta(days=9))

    assert give_up() == 1

    assert (fresh(due).status, fresh(later).status) == (Status.PENDING, Status.CANCELED)


@pytest.mark.parametrize("hold", [Order.Hold.MARGIN, Order.Hold.SOURCE, Order.Hold.STAFF])
def test_an_order_that_is_held_for_a_person_stays_with_people(upstream, hold):
    order = upstream.placed()
    Order.objects.filter(pk=order.pk).update(hold=hold, due_at=None)

    assert give_up() == 0


@pytest.mark.parametrize("outcome", [Attempt.Outcome.OPEN, Attempt.Outcome.SILENT])
def test_b19_an_order_with_an_attempt_that_is_open_or_unknown_is_never_touched(upstream, outcome):
    order = upstream.placed()
    Attempt.objects.create(
        order=order, provider=upstream.provider, outcome=outcome, lease_until=timezone.now()
    )

    assert give_up() == 0
    assert (fresh(order).status, fresh(order).refunded) == (Status.PENDING, 0)


@pytest.mark.parametrize(
    "status", [Status.SUBMITTING, Status.UNCONFIRMED, Status.PROCESSING, Status.COMPLETED]
)
def test_what_is_on_its_way_or_there_is_not_touched(upstream, status):
    order = upstream.placed()
    Order.objects.filter(pk=order.pk).update(status=status, upstream_id="7")

    assert give_up() == 0


@pytest.mark.parametrize("kind", ["released", "next_source"])
def test_the_hours_begin_anew_when_it_was_released_or_came_from_another_source(upstream, kind):
    order = upstream.placed()
    OrderEvent.note(order.pk, kind)
    Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - timedelta(days=9))

    assert (give_up(after_h=1), give_up()) == (0, 1)


def test_orders_of_other_providers_and_those_delivered_by_hand_wait_on(box, upstream):
    other = trade(box, name="Another")
    away(other)
    orders = [other.placed(), make.placed()]

    assert give_up() == 0
    assert {fresh(order).status for order in orders} == {Status.PENDING}


def test_a_wish_to_cancel_is_fulfilled_with_it(upstream):
    order = upstream.placed()
    CancelRequest.objects.create(order=order)

    give_up()

    assert CancelRequest.objects.get().status == CancelStatus.DONE


def test_the_oldest_come_first_and_one_run_has_a_limit(upstream, monkeypatch):
    monkeypatch.setattr(giving_up, "GIVEN_UP_MAX", 2)
    orders = [upstream.placed() for _ in range(3)]

    assert give_up() == 2
    assert [fresh(order).status for order in orders] == ["canceled", "canceled", "pending"]


def test_b20_of_giving_up_and_claiming_one_wins_in_a_hundred_races(upstream):
    buyer, later = make.customer(balance="5000"), timezone.now() + timedelta(hours=HOURS + 1)
    claimed = 0

    def claim_all():
        won = []
        for _ in range(RACES_AT_ONCE):
            won += [one.order.pk for one in claim(upstream.provider, limit=1, now=later)]
        return won

    for _ in range(RACES // RACES_AT_ONCE):
        ids = [upstream.placed(customer=buyer).pk for _ in range(RACES_AT_ONCE)]
        told, by_claim = races.together([partial(giving_up.give_up_overdue, now=later), claim_all])
        ended = Order.objects.filter(pk__in=ids, status=Status.CANCELED)
        assert ended.count() == told
        assert not ended.filter(pk__in=by_claim).exists()
        claimed += len(by_claim)
        giving_up.give_up_overdue(now=later)

    assert claimed == Order.objects.filter(status=Status.SUBMITTING).count()
    charge = Order.objects.latest("pk").charge
    buyer.refresh_from_db()
    assert buyer.balance == Decimal(5000) - charge * claimed
    assert proving.prove().is_sound


def test_an_order_that_somebody_holds_at_this_moment_is_left_to_the_next_run(upstream):
    order = upstream.placed()

    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order.pk)
        assert races.beside(give_up).result(DEADLINE_S) == 0
    assert give_up() == 1


def test_the_hours_are_not_more_than_the_database_allows():
    provider = make.provider(give_up_after_h=1)

    with pytest.raises(IntegrityError, match="provider_gives_up_in_range"):
        Provider.objects.filter(pk=provider.pk).update(give_up_after_h=0)
