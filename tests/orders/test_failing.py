"""What went wrong lately is told by its cause: many refusals of one kind are one line."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders import closing, failing
from orders.lifecycle import Status
from orders.models import Attempt, Order
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SILENT, REFUSED = Attempt.Outcome.SILENT, Attempt.Outcome.REFUSED


def tried(provider, *answers, outcome=REFUSED, order=None, at=None):
    """An order that the provider answered so, once after the other."""
    order = order or make.placed(
        service=make.service(rate="2", offers=[make.offer(provider)]), now=timezone.now()
    )
    then = at or timezone.now()
    for answer in answers:
        Attempt.objects.create(
            order=order, provider=provider, outcome=outcome, answer=answer,
            opened_at=then, lease_until=then, closed_at=then,
        )  # fmt: skip
    return order


def lately():
    return failing.causes(since=timezone.now() - DAY)


def test_answers_that_differ_in_numbers_only_are_one_cause():
    here, there = make.provider(), make.provider()
    for number in (17, 4711, 5):
        tried(here, f"Link {number} is private")
    tried(here, "Not in stock")
    tried(there, "Link 3 is private")

    found = [(cause.provider_id, cause.answer, cause.orders) for cause in lately()]

    assert found[0] == (here.pk, "Link 5 is private", 3)
    assert sorted(found[1:]) == sorted(
        [(here.pk, "Not in stock", 1), (there.pk, "Link 3 is private", 1)]
    )


def test_a_cause_says_what_became_of_its_orders_and_what_went_back():
    provider = make.provider()
    unknown, held, ended, _waiting = (tried(provider, "no") for _ in range(4))
    Order.objects.filter(pk=unknown.pk).update(status=Status.UNCONFIRMED, due_at=None)
    Order.objects.filter(pk=held.pk).update(hold="staff")
    closing.close(
        ended.pk, Status.CANCELED, now=timezone.now(), expected=frozenset({Status.PENDING})
    )

    (cause,) = lately()

    assert (cause.orders, cause.waiting, cause.unknown, cause.canceled) == (4, 1, 2, 1)
    assert cause.refunded == Decimal(2)


def test_an_order_that_was_taken_in_the_end_has_not_failed():
    first, second = make.provider(), make.provider()
    taken = tried(first, "no")
    tried(second, "", outcome=Attempt.Outcome.ACCEPTED, order=taken)
    found_later = tried(first, "", outcome=SILENT)
    Order.objects.filter(pk=found_later.pk).update(upstream_id="77")

    assert lately() == []


def test_only_the_last_answer_about_an_order_counts():
    order = tried(make.provider(), "slow down", "link is private")

    assert [(cause.answer, cause.orders) for cause in lately()] == [("link is private", 1)]
    (cause,) = lately()
    assert failing.orders_like(cause.first_id, cause.last_id) == [order.pk]


def test_what_failed_before_is_not_of_this_morning():
    tried(make.provider(), "no", at=timezone.now() - 2 * DAY)

    assert lately() == []
    assert len(failing.causes(since=timezone.now() - 3 * DAY)) == 1


def test_the_orders_of_a_cause_are_just_those_that_were_counted():
    provider = make.provider()
    alike = [tried(provider, f"Link {n} is private").pk for n in (1, 22)]
    tried(provider, "Not in stock")
    tried(provider, "Link 1 is private", outcome=SILENT)
    cause = next(one for one in lately() if one.orders == 2)
    later = tried(provider, "Link 9 is private")

    assert failing.orders_like(cause.first_id, cause.last_id) == alike[::-1]
    assert later.pk not in failing.orders_like(cause.first_id, cause.last_id)
    assert failing.orders_like(1, 0) == []


def given_back(provider, *, closed_at):
    order = tried(provider, "", outcome=Attempt.Outcome.ACCEPTED)
    Order.objects.filter(pk=order.pk).update(status=Status.IN_PROGRESS, upstream_id=f"U{order.pk}")
    closing.close(
        order.pk, Status.CANCELED, now=closed_at, expected=frozenset({Status.IN_PROGRESS})
    )
    return order


def test_orders_that_a_provider_took_and_canceled_are_told_apart():
    provider, now = make.provider(), timezone.now()
    given_back(provider, closed_at=now)
    given_back(provider, closed_at=now)
    given_back(provider, closed_at=now - 2 * DAY)
    wished = given_back(provider, closed_at=now)
    wished.cancels.create(status="done", created_at=now)

    (one,) = failing.given_back(since=now - DAY)

    assert (one.provider_id, one.orders, one.refunded) == (provider.pk, 2, Decimal(4))
    assert lately() == []
