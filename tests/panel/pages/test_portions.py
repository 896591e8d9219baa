"""Orders that are served bit by bit: drip-feed and subscriptions."""

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.lifecycle import Status
from orders.models import Order
from panel.pager import PAGE_SIZE
from tests import make
from tests.panel.pages.test_orders import at_provider

pytestmark = pytest.mark.django_db
DRIP, SUBSCRIPTIONS = "/dashboard/drip-feed/", "/dashboard/subscriptions/"


def sold_by(**columns):
    return make.service(offers=[make.offer(make.provider())], **columns)


def dripped(customer, service=None, **raw):
    service = service or sold_by(listed_dripfeed=True, listed_cancel=True)
    raw = {"quantity": "100", "runs": "5", "interval": "60"} | raw
    return make.placed(customer=customer, service=service, **raw)


def subscribed(customer, service=None, **raw):
    service = service or sold_by(type="Subscriptions", listed_cancel=True)
    raw = {"username": "someone", "min": "100", "max": "200", "delay": "90"} | raw
    return make.placed(customer=customer, service=service, **raw)


def shown(client, path, query=None):
    return [line.order.pk for line in client.get(path, query or {}).context["lines"]]


def test_drip_feed_shows_runs_done_and_interval(as_ann, ann):
    order = at_provider(dripped(ann))
    Order.objects.filter(pk=order.pk).update(served=2)
    make.placed(customer=ann, service=sold_by())

    page = as_ann.get(DRIP)

    assert [line.order.pk for line in page.context["lines"]] == [order.pk]
    text = page.content.decode()
    assert "2 / 5" in text
    assert "2 of 5 runs done" in text
    assert "1 h" in text


@pytest.mark.parametrize(
    ("remains", "done"), [(250, "2 / 5"), (501, "0 / 5"), (-30, "5 / 5"), (None, "0 / 5")]
)
def test_runs_follow_from_what_remains_where_the_provider_does_not_count(
    as_ann, ann, remains, done
):
    order = at_provider(dripped(ann))
    Order.objects.filter(pk=order.pk).update(remains=remains)

    assert done in as_ann.get(DRIP).content.decode()


def test_subscriptions_show_posts_delay_and_expiry(as_ann, ann):
    limited = at_provider(subscribed(ann, posts="10", old_posts="2", expiry="31/12/2030"))
    Order.objects.filter(pk=limited.pk).update(served=3)
    endless = at_provider(subscribed(ann, username="other"))
    make.placed(customer=ann, service=sold_by())

    page = as_ann.get(SUBSCRIPTIONS)

    assert [line.order.pk for line in page.context["lines"]] == [endless.pk, limited.pk]
    text = page.content.decode()
    for expected in ("3 / 12", "31/12/2030", "90 min", "∞", "100 – 200", "Active"):
        assert expected in text


def test_the_tabs_count_and_filter(as_ann, ann):
    service = sold_by(type="Subscriptions")
    active = at_provider(subscribed(ann, service))
    paused = at_provider(subscribed(ann, service, username="b"), Status.PAUSED)
    expired = at_provider(subscribed(ann, service, username="c"), Status.EXPIRED)

    tabs = as_ann.get(SUBSCRIPTIONS).context["tabs"]

    assert {tab.code: tab.count for tab in tabs} == {
        "": 3, "active": 1, "paused": 1, "completed": 0, "expired": 1, "canceled": 0,
    }  # fmt: skip
    assert shown(as_ann, SUBSCRIPTIONS, {"status": "active"}) == [active.pk]
    assert shown(as_ann, SUBSCRIPTIONS, {"status": "paused"}) == [paused.pk]
    assert shown(as_ann, SUBSCRIPTIONS, {"status": "expired"}) == [expired.pk]


def test_what_cannot_be_done_is_not_offered_and_cancel_leads_back(as_ann, ann):
    order = at_provider(dripped(ann))
    text = as_ann.get(DRIP).content.decode()

    assert f'id="cancel-{order.pk}"' in text
    assert "Pause" not in text
    answer = as_ann.post(reverse("cancel", args=[order.pk]), {"next": DRIP})
    assert answer["Location"] == DRIP
    assert "Cancel requested" in as_ann.get(DRIP).content.decode()


@pytest.mark.parametrize(("path", "make_one"), [(DRIP, dripped), (SUBSCRIPTIONS, subscribed)])
def test_s1_only_ones_own_orders_are_listed(as_bob, ann, path, make_one):
    make_one(ann)

    assert shown(as_bob, path) == []


@pytest.mark.parametrize(("path", "make_one"), [(DRIP, dripped), (SUBSCRIPTIONS, subscribed)])
def test_pages_follow_one_another_at_a_constant_number_of_queries(
    as_ann, ann, path, make_one, django_assert_max_num_queries
):
    first = make_one(ann)
    with django_assert_max_num_queries(12) as few:
        as_ann.get(path)
    columns = {"link": "x", "username": "x"}
    made = [
        make_one(ann, make.service(type=first.service.type, listed_dripfeed=True), **columns).pk
        for _ in range(PAGE_SIZE + 3)
    ]

    with django_assert_max_num_queries(len(few.captured_queries)):
        context = as_ann.get(path).context
    assert [line.order.pk for line in context["lines"]] == made[::-1][:PAGE_SIZE]
    assert len(shown(as_ann, path, {"after": context["pager"].next})) == 4
    assert timezone.now() > first.created_at
