"""Ending an order with money back on one's word alone is giving by hand: above the amount it wants
a second person. What was not sent, or what the panel itself asks about, is given back by one."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders import cancelling, proving
from orders.lifecycle import Status
from orders.models import Order, Review
from panel.backoffice import bulk
from panel.clock import database_now
from panel.models import AuditEntry, BulkWork, FundsRequest, Storefront
from tests import make
from tests.panel.backoffice.conftest import log_in, person
from tests.panel.backoffice.two_people import decide, give

pytestmark = pytest.mark.django_db
State = FundsRequest.State


@pytest.fixture(autouse=True)
def _limit(db):
    Storefront.objects.update_or_create(pk=1, defaults={"second_person_above": Decimal(100)})


@pytest.fixture
def asker(db):
    return person("support")


@pytest.fixture
def second(db):
    return person("finance")


@pytest.fixture
def ann(db):
    return make.customer(balance="10000")


def delivered(customer, *, rate="101", status=Status.COMPLETED):
    """An order over 1000 units that a provider delivered."""
    offers = [make.offer(make.provider())]
    order = make.placed(customer=customer, service=make.service(rate=rate, offers=offers))
    for state in (Status.SUBMITTING, Status.PROCESSING, status):
        order.move_to(state, now=timezone.now(), upstream_id=f"U{order.pk}")
    return order


def end(user, order, code="refund", **sent):
    address = reverse("staff_act", args=[order.pk, code])
    client = log_in(user)
    shown = client.get(address, sent).context["preview"].shown
    sent = {"shown": shown, "reason": "They are unhappy."} | sent
    return client.post(address, sent, follow=True)


def as_it_is(order):
    order.refresh_from_db()
    return order.status, order.refunded


def test_up_to_the_amount_one_person_gives_the_money_back(asker, ann):
    order = delivered(ann, rate="100")

    end(asker, order)

    assert as_it_is(order) == (Status.CANCELED, 100)
    assert FundsRequest.objects.get().state == State.BOOKED
    assert proving.prove().is_sound


def test_much_waits_and_is_given_back_as_it_was_shown(asker, second, ann):
    order = delivered(ann)
    page = end(asker, order)
    row = FundsRequest.objects.get()
    assert "second person" in page.content.decode()
    assert (row.state, row.amount, row.customer) == (State.WAITING, 101, ann)
    assert as_it_is(order) == (Status.COMPLETED, 0)

    decide(second, "confirm", row)

    assert as_it_is(order) == (Status.CANCELED, 101)
    line = AuditEntry.objects.get(action="order.refund")
    assert (line.user, line.new["asked_by"]) == (second, asker.email)
    assert proving.prove().is_sound


def test_a_part_is_given_back_by_the_units_that_were_shown(asker, second, ann):
    order = delivered(ann, rate="300")

    end(asker, order, "partial", value="500")
    decide(second, "confirm", FundsRequest.objects.get())

    assert as_it_is(order) == (Status.PARTIAL, 150)


def test_many_small_ones_of_one_customer_count_together_with_gifts(second, ann):
    orders = [delivered(ann, rate="40") for _ in range(3)]
    give(second, ann, "20")

    for order in orders:
        end(second, order)

    assert [as_it_is(order)[1] for order in orders] == [40, 40, 0]
    end(second, delivered(make.customer(balance="100"), rate="40"))
    assert FundsRequest.objects.filter(state=State.WAITING).count() == 1


def test_asking_twice_about_an_order_leaves_one_request(asker, ann):
    order = delivered(ann)

    for _ in range(2):
        end(asker, order)

    assert FundsRequest.objects.count() == 1


def test_what_was_given_back_meanwhile_is_not_given_again(asker, second, ann):
    order = delivered(ann)
    end(asker, order)
    Storefront.objects.update(second_person_above=None)
    end(second, order)

    decide(person("owner"), "confirm", FundsRequest.objects.get(state=State.WAITING))

    assert as_it_is(order) == (Status.CANCELED, 101)
    assert FundsRequest.objects.filter(state=State.WAITING).count() == 1


def test_what_was_not_sent_is_given_back_by_one(asker, ann):
    order = make.placed(customer=ann, service=make.service(rate="500"))

    end(asker, order)

    assert as_it_is(order) == (Status.CANCELED, 500)
    assert not FundsRequest.objects.exists()


def test_what_the_panel_asks_about_is_given_back_by_one(asker, ann):
    order = delivered(ann, status=Status.IN_PROGRESS)
    Review.objects.create(order=order, reason=Review.Reason.FAILED)

    end(asker, order)

    assert as_it_is(order) == (Status.CANCELED, 101)


def test_an_order_that_ends_without_money_wants_nobody_else(asker, ann):
    order = delivered(ann, status=Status.IN_PROGRESS)

    end(asker, order, "complete")

    assert as_it_is(order) == (Status.COMPLETED, 0)
    assert not FundsRequest.objects.exists()


def test_of_many_at_once_those_above_the_amount_are_left_and_named(asker, ann):
    orders = [delivered(ann, rate="60") for _ in range(2)]
    client = log_in(asker)
    ids = [order.pk for order in orders]
    client.post(reverse("staff_bulk_choose"), {"action": "refund", "ids": ids})
    work = BulkWork.objects.get()
    client.post(reverse("staff_bulk_start", args=[work.pk]), {"reason": "Unhappy"})

    while bulk.do_slice(work.pk, now=database_now()):
        pass

    work.refresh_from_db()
    assert sorted(as_it_is(order)[1] for order in orders) == [0, 60]
    assert [problem for _order, problem in work.problems] == [
        "A second person must confirm this first."
    ]


def test_a_wish_to_cancel_is_not_granted_above_the_amount_by_one(asker, ann):
    order = make.placed(customer=ann, service=make.service(rate="101", listed_cancel=True))
    order.move_to(Status.IN_PROGRESS, now=timezone.now())
    wish = cancelling.request_cancel(order.pk, customer_id=ann.pk, now=timezone.now())
    address = reverse("staff_act_on_request", args=["cancel", wish.pk, "complete"])
    client = log_in(asker)

    page = client.post(address, {"shown": client.get(address).context["shown"]})

    assert "A second person must confirm" in page.content.decode()
    assert as_it_is(order) == (Status.IN_PROGRESS, 0)
    end(asker, Order.objects.get(pk=order.pk))
    decide(person("owner"), "confirm", FundsRequest.objects.get())
    wish.refresh_from_db()
    assert as_it_is(order) == (Status.CANCELED, 101)
    assert wish.closed_at is not None
