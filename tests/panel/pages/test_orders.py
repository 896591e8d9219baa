"""A customer watches their orders and asks for refills and cancels."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orders import closing
from orders.lifecycle import Status
from orders.models import CancelRequest, Order, OrderEvent, Refill
from tests import make

pytestmark = pytest.mark.django_db
ORDERS = "/dashboard/orders/"


def at_provider(order, status=Status.IN_PROGRESS, **columns):
    now = timezone.now()
    order.move_to(Status.SUBMITTING, now=now)
    order.move_to(Status.PROCESSING, now=now, upstream_id=f"up-{order.pk}")
    if status != Status.PROCESSING:
        order.move_to(status, now=now, **columns)
    return order


def sold_by(name="Acme Wholesale", **columns):
    return make.service(offers=[make.offer(make.provider(name=name))], **columns)


def test_the_tabs_count_and_filter_by_status(as_ann, ann):
    pending = make.placed(customer=ann, service=sold_by())
    done = at_provider(make.placed(customer=ann, service=sold_by("Other")), Status.COMPLETED)

    page = as_ann.get(f"{ORDERS}?status=completed")

    assert [line.order for line in page.context["lines"]] == [done]
    counts = {tab.code: tab.count for tab in page.context["tabs"]}
    assert (counts[""], counts["pending"], counts["completed"]) == (2, 1, 1)
    assert pending.status == Status.PENDING


def test_orders_are_found_by_id_and_by_a_part_of_the_link(as_ann, ann):
    service = make.service()
    first = make.placed(customer=ann, service=service, link="https://example.com/summer")
    second = make.placed(customer=ann, service=service, link="https://example.com/winter")

    def found(words):
        return [line.order.pk for line in as_ann.get(ORDERS, {"q": words}).context["lines"]]

    assert found(str(first.pk)) == [first.pk]
    assert found(f"#{first.pk}") == [first.pk]
    assert found("WINTER") == [second.pk]
    assert found("autumn") == []
    assert found("9" * 30) == []


def test_pages_follow_one_another_without_a_gap_or_a_repeat(as_ann, ann):
    service = make.service()
    ids = [make.placed(customer=ann, service=service, quantity=10).pk for _ in range(60)]

    seen: list[int] = []
    query: dict[str, int] = {}
    while True:
        context = as_ann.get(ORDERS, query).context
        seen += [line.order.pk for line in context["lines"]]
        if context["pager"].next is None:
            break
        query = {"after": context["pager"].next}

    assert seen == sorted(ids, reverse=True)
    back = as_ann.get(ORDERS, {"before": context["pager"].previous}).context
    assert [line.order.pk for line in back["lines"]] == sorted(ids, reverse=True)[25:50]


def test_a_list_that_nothing_happened_to_is_not_sent_again(as_ann, ann):
    order = at_provider(make.placed(customer=ann, service=sold_by()))
    seen = as_ann.get(ORDERS).context["seen"]

    assert as_ann.get(ORDERS, {"seen": seen}).status_code == 204
    Order.objects.filter(pk=order.pk).update(remains=400)
    answer = as_ann.get(ORDERS, {"seen": seen})
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    assert b"60 percent delivered" in answer.content


def test_the_story_tells_what_happened_and_hides_where_we_buy(as_ann, ann):
    order = at_provider(make.placed(customer=ann, service=sold_by(), quantity=1000))
    OrderEvent.note(order.pk, "accepted", "Acme Wholesale took it for 0.50 as up-1")
    OrderEvent.note(order.pk, "refused", "Acme Wholesale: no funds")
    closing.close(
        order.pk, Status.PARTIAL, undelivered=250, now=timezone.now(), evidence="Acme says so"
    )

    page = as_ann.get(f"{ORDERS}{order.pk}/").content.decode()

    assert "Sent for delivery" in page
    assert "Ended with a part delivered" in page
    assert "+$0.30" in page
    for secret in ("Acme", "0.50", f"up-{order.pk}", "no funds"):
        assert secret not in page


def test_an_unsent_order_is_canceled_at_once_with_its_money(as_ann, ann):
    order = make.placed(customer=ann, service=sold_by(), quantity=1000)

    page = as_ann.post(reverse("cancel", args=[order.pk]), follow=True).content.decode()

    assert "its charge is back on your balance" in page
    assert "$100.00" in page
    assert Order.objects.get().status == Status.CANCELED


def test_a_running_order_leaves_a_wish_and_no_second_button(as_ann, ann):
    order = at_provider(make.placed(customer=ann, service=sold_by(listed_cancel=True)))

    page = as_ann.post(reverse("cancel", args=[order.pk]), follow=True).content.decode()

    assert "Its status changes once that is confirmed" in page
    assert f'id="cancel-{order.pk}"' not in page
    assert CancelRequest.objects.get().order_id == order.pk


def test_a_refill_is_offered_and_requested_within_its_days(as_ann, ann):
    order = at_provider(make.placed(customer=ann, service=sold_by(listed_refill=True)))
    order.move_to(Status.COMPLETED, now=timezone.now() - timedelta(days=2))

    assert f'id="refill-{order.pk}"' in as_ann.get(ORDERS).content.decode()
    page = as_ann.post(reverse("refill", args=[order.pk]), follow=True).content.decode()

    assert f"The refill of order {order.pk} was requested." in page
    assert f'id="refill-{order.pk}"' not in page
    assert Refill.objects.get().order_id == order.pk


def test_a_refill_that_comes_too_soon_is_explained(as_ann, ann):
    order = at_provider(make.placed(customer=ann, service=sold_by(listed_refill=True)))
    order.move_to(Status.COMPLETED, now=timezone.now())

    page = as_ann.post(reverse("refill", args=[order.pk]), follow=True).content.decode()

    assert "24 hours after completion" in page
    assert not Refill.objects.exists()


def test_s7_a_wish_leads_back_only_to_pages_of_ours(as_ann, ann):
    order = make.placed(customer=ann, service=sold_by())
    path = reverse("cancel", args=[order.pk])

    assert as_ann.post(path, {"next": "https://evil.example/"})["Location"] == (
        reverse("order", args=[order.pk])
    )
    assert as_ann.post(path, {"next": f"{ORDERS}?status=pending"})["Location"] == (
        f"{ORDERS}?status=pending"
    )


def test_s3_a_link_that_could_run_is_text(as_ann, ann):
    order = make.placed(customer=ann, service=make.service())
    Order.objects.filter(pk=order.pk).update(
        link="javascript:alert(1)", inputs={"link": "javascript:alert(1)", "quantity": "1000"}
    )

    for path in (ORDERS, f"{ORDERS}{order.pk}/"):
        assert 'href="javascript' not in as_ann.get(path).content.decode()
