"""A customer follows their refills."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders import refilling
from orders.lifecycle import Status
from orders.models import Refill
from panel.pager import PAGE_SIZE
from tests import make

pytestmark = pytest.mark.django_db
REFILLS = "/dashboard/refills/"


def refilled(customer, service, *, status="requested", **raw):
    order = make.placed(customer=customer, service=service, quantity="10", **raw)
    order.move_to(Status.COMPLETED, now=timezone.now() - timedelta(days=2))
    return order.refills.create(status=status)


def shown(client, query=None):
    return [refill.pk for refill in client.get(REFILLS, query or {}).context["pager"].rows]


def test_the_tabs_count_and_filter_by_status(as_ann, ann):
    service = make.service(listed_name="Followers with refill")
    asked = refilled(ann, service)
    unknown = refilled(ann, service, status="unconfirmed")
    done = refilled(ann, service, status="completed")

    page = as_ann.get(REFILLS)

    counts = {tab.code: tab.count for tab in page.context["tabs"]}
    assert counts == {"": 3, "pending": 2, "in-progress": 0, "completed": 1, "rejected": 0}
    assert "Followers with refill" in page.content.decode()
    assert shown(as_ann, {"status": "pending"}) == [unknown.pk, asked.pk]
    assert shown(as_ann, {"status": "completed"}) == [done.pk]
    assert len(shown(as_ann, {"status": "nonsense"})) == 3


def test_s1_only_ones_own_refills_are_listed(as_ann, ann, bob):
    service = make.service()
    refilled(bob, service, link="https://example.com/secret-of-bob")

    page = as_ann.get(REFILLS).content.decode()

    assert "secret-of-bob" not in page
    assert "No refills yet" in page


def test_a_list_that_nothing_happened_to_is_not_sent_again(as_ann, ann):
    refill = refilled(ann, make.service())
    seen = as_ann.get(REFILLS).context["seen"]

    assert as_ann.get(REFILLS, {"seen": seen}).status_code == 204
    Refill.objects.filter(pk=refill.pk).update(status="completed")
    answer = as_ann.get(REFILLS, {"seen": seen})
    assert answer.status_code == 200
    assert b"<html" not in answer.content


def test_pages_follow_one_another_at_a_constant_number_of_queries(
    as_ann, ann, django_assert_max_num_queries
):
    service = make.service()
    refilled(ann, service)
    with django_assert_max_num_queries(10) as few:
        as_ann.get(REFILLS)
    made = [refilled(ann, service).pk for _ in range(PAGE_SIZE + 5)]

    with django_assert_max_num_queries(len(few.captured_queries)):
        context = as_ann.get(REFILLS).context
    assert [row.pk for row in context["pager"].rows] == made[::-1][:PAGE_SIZE]
    assert len(shown(as_ann, {"after": context["pager"].next})) == 6


def test_a_customer_reads_why_staff_rejected_a_refill_but_not_what_a_provider_said(as_ann, ann):
    service = make.service(listed_refill=True)
    told = refilled(ann, service)
    refilling.reject_refill(told.pk, reason="The link is private.", actor="Ada", now=timezone.now())
    refilled(ann, service).order.refills.update(
        status="rejected", answer="Panel X: no", closed_at=timezone.now()
    )

    pages = as_ann.get(REFILLS).content.decode()
    for refill in Refill.objects.all():
        pages += as_ann.get(f"/dashboard/orders/{refill.order_id}/").content.decode()

    assert pages.count("The link is private.") == 2
    assert "Panel X" not in pages
