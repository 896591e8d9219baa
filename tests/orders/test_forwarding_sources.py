"""A refused order goes to the next source, within its limit of extra cost."""

from decimal import Decimal

import pytest
from django.utils import timezone

from orders import forwarding
from orders.lifecycle import Status
from orders.models import OpenLink
from orders.placing import link_digest
from providers.sandbox import Sandbox
from tests import make
from tests.orders.upstream import fresh, second_source, sent_links, trade

pytestmark = pytest.mark.django_db


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


def test_a_refusal_goes_to_the_next_source_and_its_cost_and_link_go_along(box):
    upstream = trade(box)
    order = upstream.placed()
    second = second_source(upstream)
    box.fault("refuse", "Service is disabled", action="add", times=1)

    upstream.forward()
    order = fresh(order)
    assert (order.status, order.provider_id, order.offer_id) == (
        *(Status.PENDING, second.provider_id, second.pk),
    )
    assert OpenLink.objects.get(order=order).offer_id == second.pk
    assert order.cost_rate == second.cost
    forwarding.forward_due(second.provider_id, now=timezone.now())

    assert fresh(order).status == Status.PROCESSING
    assert sent_links(box) == [order.link]


def test_a_refusal_by_every_source_ends_the_order(box):
    upstream = trade(box)
    order = upstream.placed()
    second = second_source(upstream)
    box.fault("refuse", "Service is disabled", action="add")

    upstream.forward()
    forwarding.forward_due(second.provider_id, now=timezone.now())

    assert fresh(order).status == Status.CANCELED
    assert box.calls("add") == 2


UNFIT = {
    "another type": {"type": "SEO"},
    "a limit below": {"max": 999},
    "a limit above": {"min": 1001},
    "gone": {"is_gone": True},
}


@pytest.mark.parametrize("columns", UNFIT.values(), ids=UNFIT)
def test_a_source_that_does_not_fit_is_no_next_source(box, columns):
    upstream = trade(box)
    order = upstream.placed()
    second_source(upstream, **columns)
    box.fault("refuse", "Service is disabled", action="add")

    upstream.forward()

    assert fresh(order).status == Status.CANCELED


def test_a_service_that_wants_no_next_source_has_none(box):
    upstream = trade(box)
    upstream.service.use_next_source = False
    upstream.service.save(update_fields=["use_next_source"])
    order = upstream.placed()
    second_source(upstream)
    box.fault("refuse", "Service is disabled", action="add")

    upstream.forward()

    assert fresh(order).status == Status.CANCELED


@pytest.mark.parametrize(("extra", "status"), [("9.9", Status.CANCELED), ("10", Status.PENDING)])
def test_a_next_source_may_be_dearer_by_so_much_and_no_more(box, extra, status):
    upstream = trade(box)
    upstream.service.extra_cost_percent = Decimal(extra)
    upstream.service.save(update_fields=["extra_cost_percent"])
    order = upstream.placed()
    second_source(upstream, factor="1.1")
    box.fault("refuse", "Service is disabled", action="add")

    upstream.forward()

    assert fresh(order).status == status


def test_a_source_where_the_link_is_active_is_not_usable(box):
    upstream = trade(box)
    order = upstream.placed(link="https://example.com/same")
    second = second_source(upstream)
    other = make.placed(service=make.service(offers=[second]), link="https://example.com/same")
    box.fault("refuse", "Service is disabled", action="add")

    upstream.forward()

    assert fresh(order).status == Status.CANCELED
    assert OpenLink.objects.get(digest=link_digest(order.link)).order_id == other.pk
