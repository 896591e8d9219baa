"""The queues of refills and of wishes to cancel: found, sent, rejected with a word, completed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders import cancelling, refilling
from orders.lifecycle import CancelStatus, RefillStatus, Status
from orders.models import CancelRequest, Order, Refill
from panel import tasks
from panel.backoffice import bulk
from panel.clock import database_now
from panel.models import AuditEntry, BulkWork
from tests import make
from tests.orders.upstream import fresh
from tests.panel.backoffice.conftest import log_in, person

pytestmark = pytest.mark.django_db
REFILLS, CANCELS = "/staff/requests/refill/", "/staff/requests/cancel/"
DAY = timedelta(days=1)


def bought(provider=None, **how):
    offers = [make.offer(provider)] if provider else []
    how.setdefault("service", None)
    how["service"] = how["service"] or make.service(
        rate="2", offers=offers, listed_refill=True, listed_cancel=True
    )
    return make.placed(now=timezone.now(), **how)


def refill(provider=None, *, at=None, **columns):
    """A completed order's refill that waits; with a provider it can be sent there."""
    order = bought(provider)
    order.move_to(Status.IN_PROGRESS if not provider else Status.SUBMITTING, now=timezone.now())
    if provider:
        order.move_to(Status.PROCESSING, now=timezone.now(), upstream_id=f"U{order.pk}")
    order.move_to(Status.COMPLETED, now=timezone.now() - 2 * DAY)
    made = refilling.request_refill(order.pk, customer_id=None, now=at or timezone.now())
    Refill.objects.filter(pk=made.pk).update(**columns)
    made.refresh_from_db()
    return made


def wish(provider=None, **columns):
    """A wish to cancel an order that is being delivered."""
    order = bought(provider)
    if provider:
        order.move_to(Status.SUBMITTING, now=timezone.now())
        order.move_to(Status.PROCESSING, now=timezone.now(), upstream_id=f"U{order.pk}")
    made = cancelling.request_cancel(order.pk, customer_id=None, now=timezone.now())
    CancelRequest.objects.filter(pk=made.pk).update(**columns)
    made.refresh_from_db()
    return made


def found(client, page=REFILLS, **query):
    return [line.wish.pk for line in client.get(page, query).context["lines"]]


def act(client, wish, deed, **sent):
    queue = "refill" if isinstance(wish, Refill) else "cancel"
    return client.post(reverse("staff_act_on_request", args=[queue, wish.pk, deed]), sent)


def status_of(wish):
    wish.refresh_from_db()
    return wish.status


def test_the_queue_shows_what_is_open_and_the_rest_on_request(as_support):
    waiting = refill()
    done = refill()
    refilling.complete_refill(done.pk, actor="Ada", now=timezone.now())

    assert found(as_support, "/staff/requests/") == [waiting.pk]
    assert found(as_support, status="completed") == [done.pk]
    assert found(as_support, status="all") == [done.pk, waiting.pk]
    assert found(as_support, status="rejected") == []


def test_filters_narrow_the_queue_together(as_support):
    here, there = make.provider(), make.provider()
    old = refill(here, at=timezone.now() - 2 * DAY)
    young, other = refill(here), refill(there)

    assert found(as_support, provider=here.pk) == [young.pk, old.pk]
    assert found(as_support, provider=here.pk, age="day") == [old.pk]
    assert found(as_support, q=f"#{old.order_id}, {other.order_id}") == [other.pk, old.pk]
    assert found(as_support, q=young.order.customer.name) == [young.pk]
    assert found(as_support, q="nobody") == []


@pytest.mark.parametrize("name", ["q", "provider", "status", "age", "after"])
@pytest.mark.parametrize("text", ["x", "'; --", "9" * 40, "٣", "\0", "-1", "%"])
def test_the_queue_opens_whatever_is_asked_for(as_support, name, text):
    refill()

    assert as_support.get(REFILLS, {name: text}).status_code == 200


def test_there_is_no_third_queue(as_support):
    assert as_support.get("/staff/requests/wishes/").status_code == 404
    assert act(as_support, refill(), "grant").status_code == 404


def test_the_tabs_count_what_is_open(as_support):
    refill()
    refill(status=RefillStatus.UNCONFIRMED)

    tabs = {code: count for code, _title, count in as_support.get(REFILLS).context["tabs"]}

    assert (tabs[""], tabs["requested"], tabs["unconfirmed"]) == (2, 1, 1)
    assert tabs["completed"] is None


def test_a_refill_is_rejected_with_a_reason_that_the_customer_reads(as_support):
    waiting = refill()

    assert "Please give a reason" in act(as_support, waiting, "reject").content.decode()
    assert status_of(waiting) == RefillStatus.REQUESTED
    act(as_support, waiting, "reject", reason="The link is private.")

    assert (status_of(waiting), waiting.told) == (RefillStatus.REJECTED, "The link is private.")
    entry = AuditEntry.objects.get()
    told = (entry.action, entry.subject, entry.subject_id)
    assert told == ("refill.reject", "refill", waiting.pk)
    assert (entry.old["status"], entry.new["status"]) == ("requested", "rejected")
    assert entry.reason == "The link is private."


def test_a_refill_is_completed_and_cannot_be_rejected_then(as_support):
    waiting = refill()

    act(as_support, waiting, "complete")
    answer = act(as_support, waiting, "reject", reason="x")

    assert status_of(waiting) == RefillStatus.COMPLETED
    assert "cannot be done" in answer.content.decode()


def test_a_waiting_refill_is_sent_ahead_of_its_turn(as_support):
    waiting = refill(make.provider(), due_at=timezone.now() + DAY)

    act(as_support, waiting, "send")

    waiting.refresh_from_db()
    assert waiting.due_at <= timezone.now()


def test_while_a_refill_is_being_sent_nobody_decides_about_it(as_support):
    busy = refill(make.provider(), status=RefillStatus.SUBMITTING)

    for deed in ("send", "again", "complete", "reject"):
        act(as_support, busy, deed, reason="x")

    assert status_of(busy) == RefillStatus.SUBMITTING
    assert not AuditEntry.objects.exists()


def test_a_cancel_of_an_order_that_staff_deliver_gives_back_what_was_shown(as_support):
    waiting = wish()
    page = as_support.get(reverse("staff_act_on_request", args=["cancel", waiting.pk, "complete"]))
    assert page.context["refund"] == Decimal(2)

    stale = act(as_support, waiting, "complete", shown="1")
    assert "look at the amount" in stale.content.decode()
    assert status_of(waiting) == CancelStatus.REQUESTED
    act(as_support, waiting, "complete", shown=page.context["shown"])

    assert status_of(waiting) == CancelStatus.DONE
    assert (fresh(waiting.order).status, fresh(waiting.order).refunded) == ("canceled", Decimal(2))


def test_a_cancel_that_a_provider_delivers_is_not_granted_here(as_support):
    waiting = wish(make.provider())

    act(as_support, waiting, "complete", shown="2")

    assert status_of(waiting) == CancelStatus.REQUESTED
    assert fresh(waiting.order).refunded == 0


def test_a_cancel_is_rejected_and_the_order_goes_on(as_support):
    waiting = wish(make.provider(), status=CancelStatus.UNCONFIRMED)

    act(as_support, waiting, "reject", reason="It has begun.")

    assert (status_of(waiting), waiting.told) == (CancelStatus.REFUSED, "It has begun.")
    assert fresh(waiting.order).status == Status.PROCESSING


def test_what_a_role_may_not_do_is_neither_offered_nor_done(as_finance):
    waiting = refill(make.provider())

    page = as_finance.get(REFILLS)

    assert page.context["lines"][0].actions == []
    assert page.context["actions"] == []
    assert act(as_finance, waiting, "send").status_code == 403


def test_forty_refills_are_sent_by_a_filter_and_two_clicks(as_support, started_here):
    here = make.provider()
    for _ in range(40):
        refill(here, due_at=timezone.now() + DAY)
    other = refill(make.provider(), due_at=timezone.now() + DAY)
    chosen = {"subject": "refill", "action": "send", "all": "yes", "query": f"provider={here.pk}"}

    page = as_support.post(reverse("staff_bulk_choose"), chosen, follow=True)
    assert b"Send now: 40 refills" in page.content
    as_support.post(reverse("staff_bulk_start", args=[BulkWork.objects.get().pk]))
    tasks.run_bulk_works()

    due = Refill.objects.filter(due_at__lte=timezone.now())
    assert due.count() == 40
    assert status_of(other) == RefillStatus.REQUESTED
    assert not due.filter(pk=other.pk).exists()
    assert AuditEntry.objects.filter(action="refill.send").count() == 40


def test_many_are_rejected_with_one_reason_and_what_cannot_be_is_said(as_support):
    refills = [refill(), refill(), refill(status=RefillStatus.SUBMITTING)]
    sent = {"subject": "refill", "action": "reject", "ids": [one.pk for one in refills]}

    page = as_support.post(reverse("staff_bulk_choose"), sent, follow=True)
    assert b"1 of those chosen" in page.content
    work = BulkWork.objects.get()
    as_support.post(reverse("staff_bulk_start", args=[work.pk]), {"reason": " "})
    assert bulk.do_slice(work.pk, now=database_now()) == 0, "not without a reason"
    as_support.post(reverse("staff_bulk_start", args=[work.pk]), {"reason": "Not ours."})
    refilling.complete_refill(refills[0].pk, actor="Ben", now=timezone.now())
    bulk.do_slice(work.pk, now=database_now())

    work.refresh_from_db()
    assert (work.done, work.refused) == (1, 1)
    assert work.problems[0][0] == refills[0].order_id
    assert [status_of(one) for one in refills] == ["completed", "rejected", "submitting"]


def test_many_cancels_are_granted_with_the_money_that_was_shown(as_support):
    wishes = [wish(), wish()]
    sent = {"subject": "cancel", "action": "complete", "ids": [one.pk for one in wishes]}

    page = as_support.post(reverse("staff_bulk_choose"), sent, follow=True)
    work = page.context["work"]
    assert work.refund == Decimal(4)
    as_support.post(reverse("staff_bulk_start", args=[work.pk]), {"reason": "agreed"})
    bulk.do_slice(work.pk, now=database_now())

    assert [status_of(one) for one in wishes] == ["done", "done"]
    assert set(Order.objects.values_list("refunded", flat=True)) == {Decimal(2)}


def test_a_bulk_choice_needs_the_right_of_its_action(as_support):
    finance = log_in(person("finance"))
    sent = {"subject": "refill", "action": "reject", "ids": [refill().pk]}

    assert finance.post(reverse("staff_bulk_choose"), sent).status_code == 403
    assert as_support.post(reverse("staff_bulk_choose"), sent | {"subject": "x"}).status_code == 404


@pytest.mark.parametrize("query", [{}, {"status": "all"}, {"provider": "1"}, {"age": "day"}])
def test_the_queue_asks_no_more_of_the_database_when_there_is_more(
    as_owner, query, django_assert_max_num_queries
):
    here = make.provider()

    def fill(rows):
        for _ in range(rows):
            refill(here)

    fill(2)
    with django_assert_max_num_queries(16) as few:
        as_owner.get(REFILLS, query)
    asked = len(few)
    fill(12)
    with django_assert_max_num_queries(asked):
        as_owner.get(REFILLS, query)
