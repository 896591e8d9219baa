"""The list of all orders: every way to find one, files that are safe, many orders at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from orders import closing
from orders.lifecycle import Status
from orders.models import LedgerEntry, Order
from panel import tasks
from panel.backoffice import bulk
from panel.backoffice.bulk import working
from panel.backoffice.finding import Search
from panel.clock import database_now
from panel.models import AuditEntry, BulkWork, Heartbeat
from tests import make
from tests.orders.upstream import fresh
from tests.panel.backoffice.conftest import log_in, person

pytestmark = pytest.mark.django_db
ORDERS = "/staff/orders/"


def bought(*, at=None, provider=None, **how):
    offers = [make.offer(provider)] if provider else []
    how.setdefault("service", None)
    how["service"] = how["service"] or make.service(rate="2", offers=offers)
    return make.placed(now=at or timezone.now(), **how)


def at_work(**how):
    order = bought(**how)
    order.move_to(Status.IN_PROGRESS, now=timezone.now())
    return order


def found(client, **query):
    return [order.pk for order in client.get(ORDERS, query).context["pager"].rows]


def counts(client, **query):
    return {code: n for code, _title, n in client.get(ORDERS, query).context["tabs"]}


def choose(client, action, *orders, **more):
    sent = {"action": action, "ids": [order.pk for order in orders]} | more
    return client.post(reverse("staff_bulk_choose"), sent, follow=True)


def begin(client, **sent):
    """Confirm what was chosen."""
    work = BulkWork.objects.get()
    sent.setdefault("reason", "the provider is gone")
    client.post(reverse("staff_bulk_start", args=[work.pk]), sent)
    return work


def work_off(client, **sent):
    """Confirm what was chosen, and be the worker that does it."""
    work = begin(client, **sent)
    while bulk.do_slice(work.pk, now=database_now()):
        pass
    work.refresh_from_db()
    return work


def test_an_order_is_found_by_its_number_and_by_the_number_at_the_provider(as_support):
    one, other = bought(provider=make.provider()), bought()
    Order.objects.filter(pk=one.pk).update(upstream_id="X-77")

    assert found(as_support, q=str(other.pk)) == [other.pk]
    assert found(as_support, q=f"#{other.pk}") == [other.pk]
    assert found(as_support, q="X-77") == [one.pk]


def test_a_number_that_is_an_order_here_and_another_one_there_finds_both(as_support):
    one, other = bought(provider=make.provider()), bought()
    Order.objects.filter(pk=one.pk).update(upstream_id=str(other.pk))

    assert found(as_support, q=str(other.pk)) == [other.pk, one.pk]


def test_an_order_is_found_by_its_link_and_by_its_customer(as_support):
    ann = make.customer()
    make.user(customer=ann, email="ann@example.com")
    one, other = bought(customer=ann, link="https://example.com/launch"), bought()

    assert found(as_support, q="example.com/LAUNCH") == [one.pk]
    assert found(as_support, q="ann@example.com") == [one.pk]
    assert found(as_support, customer=str(ann.pk)) == [one.pk]
    assert found(as_support, customer=other.customer.name) == [other.pk]
    assert found(as_support, q="nobody@example.com") == []


def test_filters_narrow_the_list_together(as_support):
    here = make.provider()
    one, other = bought(provider=here), bought(provider=here)
    Order.objects.filter(pk=other.pk).update(origin="api")

    assert found(as_support, provider=here.pk) == [other.pk, one.pk]
    assert found(as_support, provider=here.pk, origin="api") == [other.pk]
    assert found(as_support, service=one.service_id) == [one.pk]
    assert found(as_support, provider=make.provider().pk) == []


def test_days_are_those_of_utc_with_both_ends(as_support):
    start = make.NOW.replace(hour=0)
    orders = [bought(at=start + timedelta(hours=hours)) for hours in (-1, 0, 23, 24, 47, 48)]
    ids = [order.pk for order in orders]

    assert found(as_support, since="2026-03-01", until="2026-03-01") == ids[1:3][::-1]
    assert found(as_support, since="2026-03-02") == ids[3:][::-1]
    assert found(as_support, until="2026-02-28") == ids[:1]


@pytest.mark.parametrize(
    "name", ["q", "customer", "provider", "service", "since", "until", "status"]
)
@pytest.mark.parametrize(
    "text",
    ["x", "'; --", "9" * 40, "٣", "\0", "-1", "2026-13-45", "%", "0001-01-01", "9999-12-31"],
)
def test_the_list_opens_whatever_is_asked_for(as_support, name, text):
    bought()

    assert as_support.get(ORDERS, {name: text}).status_code == 200


def test_each_status_has_its_tab_with_its_count(as_support):
    bought()
    held = bought(provider=make.provider())
    Order.objects.filter(pk=held.pk).update(hold="staff")
    at_work()

    assert counts(as_support)[""] == 3
    assert {k: v for k, v in counts(as_support).items() if v} == {
        "": 3, "pending": 2, "held": 1, "in_progress": 1,
    }  # fmt: skip
    assert counts(as_support, provider=held.provider_id)["held"] == 1
    assert found(as_support, status="held") == [held.pk]


def test_pages_go_by_key(as_support):
    service, customer = make.service(), make.customer(balance="1000")
    ids = [bought(service=service, customer=customer).pk for _ in range(52)]

    first = as_support.get(ORDERS).context["pager"]
    second = found(as_support, after=first.next)

    assert [row.pk for row in first.rows] == ids[:1:-1]
    assert second == ids[1::-1]


def test_cost_is_shown_to_those_who_may_see_it(as_support, as_finance):
    offer = make.offer(make.provider(), cost=Decimal("0.54321"))
    order = bought(service=make.service(rate="2", offers=[offer]))

    for path in (ORDERS, reverse("staff_order", args=[order.pk])):
        assert "0.54321" in as_finance.get(path).content.decode()
        assert "0.54321" not in as_support.get(path).content.decode()


def test_s5_a_file_of_orders_runs_nothing_in_a_spreadsheet(as_finance):
    order = bought()
    Order.objects.filter(pk=order.pk).update(link="=1+1")

    lines = b"".join(as_finance.get(reverse("staff_orders_csv"))).decode().splitlines()

    assert len(lines) == 2
    assert "'=1+1" in lines[1]
    assert AuditEntry.objects.get().action == "order.export"


def test_many_orders_are_refunded_after_a_preview_with_the_money(as_support):
    orders = [at_work(), at_work(), bought()]
    page = choose(as_support, "refund", *orders)

    assert page.context["work"].refund == Decimal(6)
    assert {fresh(order).status for order in orders} == {Status.IN_PROGRESS, Status.PENDING}

    work = work_off(as_support)

    assert (work.done, work.refused) == (3, 0)
    assert {fresh(order).refunded for order in orders} == {Decimal(2)}
    assert AuditEntry.objects.filter(reason="the provider is gone").count() == 3


def test_orders_about_which_it_cannot_be_done_are_left_out(as_support):
    one, ended = at_work(), at_work()
    ended.move_to(Status.CANCELED, now=timezone.now())

    page = choose(as_support, "refund", one, ended)

    assert page.context["work"].length == 1
    assert b"1 of those chosen" in page.content


def test_an_order_that_changed_since_the_preview_is_left_as_it_is(as_support):
    orders = [at_work(), at_work()]
    choose(as_support, "refund", *orders)
    client = log_in(person("support"))
    sent = {"value": "500", "shown": "1.00", "reason": "x"}
    client.post(reverse("staff_act", args=[orders[0].pk, "partial"]), sent)

    work = work_off(as_support)

    assert (work.done, work.refused) == (1, 1)
    assert work.problems[0][0] == orders[0].pk
    assert fresh(orders[0]).refunded == Decimal(1)


def test_a_worker_that_comes_twice_does_nothing_twice(as_support):
    order = at_work()
    choose(as_support, "refund", order)
    work = work_off(as_support)

    assert bulk.do_slice(work.pk, now=database_now()) == 0
    as_support.post(reverse("staff_bulk_start", args=[work.pk]), {"reason": "again"})

    work.refresh_from_db()
    assert (work.position, work.reason) == (1, "the provider is gone")
    assert LedgerEntry.objects.filter(kind="refund").count() == 1
    assert fresh(order).refunded == Decimal(2)


def test_bulk_work_goes_on_by_the_clock_when_nobody_looks(as_support, started_here):
    orders = [at_work() for _ in range(3)]
    choose(as_support, "refund", *orders)
    work = begin(as_support)

    tasks.run_bulk_works()

    work.refresh_from_db()
    assert (work.is_done, work.done) == (True, 3)
    assert {fresh(order).status for order in orders} == {Status.CANCELED}
    assert Heartbeat.objects.get(job="run_bulk_works").backlog == 1
    entries = AuditEntry.objects.filter(action="order.refund")
    assert set(entries.values_list("user", "address")) == {(work.user_id, "127.0.0.1")}


def test_who_closed_the_page_finds_back_to_the_work_from_the_list(as_support, as_owner):
    choose(as_support, "refund", at_work())
    assert as_support.get(ORDERS).context["works"] == []
    work = begin(as_support)

    page = as_support.get(ORDERS)

    assert [one.work for one in page.context["works"]] == [work]
    assert reverse("staff_bulk_work", args=[work.pk]) in page.content.decode()
    assert as_owner.get(ORDERS).context["works"] == []


def test_what_a_lost_worker_left_is_taken_up_after_its_lease(as_support, monkeypatch):
    orders = [at_work() for _ in range(3)]
    choose(as_support, "refund", *orders)
    work = begin(as_support)
    monkeypatch.setattr(working, "SLICE_MAX", 1)
    bulk.do_slice(work.pk, now=database_now())
    # It was lost before it let go of the list.
    now = database_now()
    BulkWork.objects.update(claimed_until=now + working.LEASE)

    assert bulk.due_works(now) == []
    assert bulk.do_slice(work.pk, now=now) == 0
    later = now + working.LEASE
    assert bulk.due_works(later) == [work.pk]
    monkeypatch.undo()
    assert bulk.do_slice(work.pk, now=later) == 2

    assert LedgerEntry.objects.filter(kind="refund").count() == 3


def test_the_rest_is_left_alone_when_the_person_says_stop(as_support, monkeypatch):
    orders = [at_work() for _ in range(3)]
    choose(as_support, "refund", *orders)
    work = begin(as_support)
    monkeypatch.setattr(working, "SLICE_MAX", 1)
    bulk.do_slice(work.pk, now=database_now())

    as_support.post(reverse("staff_bulk_stop", args=[work.pk]))

    assert bulk.due_works(database_now()) == []
    assert bulk.do_slice(work.pk, now=database_now()) == 0
    assert LedgerEntry.objects.filter(kind="refund").count() == 1
    as_support.post(reverse("staff_bulk_start", args=[work.pk]), {"reason": "again"})
    assert bulk.due_works(database_now()) == []


@pytest.mark.parametrize("lost", [{"is_active": False}, {"role": "finance"}])
def test_s15_bulk_work_of_a_person_who_lost_the_right_stops(lost):
    user = person("support")
    order = bought(provider=make.provider())
    choose(log_in(user), "hold", order)
    work = begin(log_in(user))
    type(user).objects.filter(pk=user.pk).update(**lost)

    assert bulk.do_slice(work.pk, now=database_now()) == 0

    work.refresh_from_db()
    assert (work.is_stopped, work.position) == (True, 0)
    assert fresh(order).hold == ""


def test_nothing_begins_without_a_reason(as_support):
    order = at_work()
    choose(as_support, "refund", order)

    work_off(as_support, reason=" ")

    assert fresh(order).status == Status.IN_PROGRESS


def test_all_that_match_are_chosen_by_the_same_search(as_support):
    here = make.provider()
    one, other = bought(provider=here), bought(provider=make.provider())

    choose(as_support, "hold", all="yes", query=f"provider={here.pk}")
    work_off(as_support)

    assert (fresh(one).hold, fresh(other).hold) == ("staff", "")


def test_what_a_role_may_not_do_it_may_not_do_in_bulk(as_finance, as_support):
    order = bought(provider=make.provider())

    assert choose(as_finance, "hold", order).status_code == 403
    assert choose(as_support, "partial", order).status_code == 404
    assert not BulkWork.objects.exists()


def test_nobody_works_off_what_somebody_else_chose(as_support, as_owner):
    choose(as_support, "refund", at_work())
    work = BulkWork.objects.get()

    for name in ("staff_bulk_start", "staff_bulk_stop"):
        assert as_owner.post(reverse(name, args=[work.pk]), {"reason": "x"}).status_code == 404


def test_the_box_of_every_page_leads_to_the_one_order_that_is_meant(as_support):
    one, other = bought(provider=make.provider()), bought()
    Order.objects.filter(pk=one.pk).update(upstream_id="X-77")

    def led_to(words):
        return as_support.get(ORDERS, {"go": "1", "q": words})["Location"]

    assert led_to(str(other.pk)) == reverse("staff_order", args=[other.pk])
    assert led_to("X-77") == reverse("staff_order", args=[one.pk])
    assert led_to(f"{one.pk} {other.pk}") == f"{ORDERS}?q={one.pk}+{other.pk}"
    assert led_to("nobody@example.com") == f"{ORDERS}?q=nobody%40example.com"
    assert 'name="go"' in as_support.get("/staff/").content.decode()


def test_the_profit_of_an_order_leaves_out_what_went_back_with_its_share_of_the_cost(as_owner):
    offer = make.offer(make.provider(), cost=Decimal(1))

    def profit(undelivered):
        order = bought(service=make.service(rate="2", offers=[offer]))
        Order.objects.filter(pk=order.pk).update(status=Status.IN_PROGRESS, upstream_id=order.pk)
        if undelivered:
            status = Status.PARTIAL if undelivered < order.quantity else Status.CANCELED
            closing.close(order.pk, status, undelivered=undelivered, now=timezone.now())
        return as_owner.get(reverse("staff_order", args=[order.pk])).context["profit"]

    assert (profit(0), profit(750), profit(1000)) == (Decimal(1), Decimal("0.25"), 0)


def test_an_order_leads_to_its_customer_service_and_provider_as_far_as_one_may(
    as_owner, as_support
):
    order = bought(provider=make.provider())
    path = reverse("staff_order", args=[order.pk])
    customer = reverse("staff_customer", args=[order.customer_id])
    ours = [reverse("staff_service", args=[order.service_id]),
            reverse("staff_provider", args=[order.provider_id])]  # fmt: skip

    full, part = (who.get(path).content.decode() for who in (as_owner, as_support))

    assert all(f'href="{page}"' in full for page in [customer, *ours])
    assert f'href="{customer}"' in part
    assert not any(f'href="{page}"' in part for page in ours)


@pytest.mark.parametrize("query", [{}, {"provider": "1"}, {"status": "pending"}])
def test_the_list_asks_no_more_of_the_database_when_there_is_more(
    as_owner, query, django_assert_max_num_queries
):
    def fill(rows):
        provider = make.provider()
        for _ in range(rows):
            bought(provider=provider)

    fill(2)
    with django_assert_max_num_queries(28) as few:
        as_owner.get(ORDERS, query)
    asked = len(few)
    fill(12)
    with django_assert_max_num_queries(asked):
        as_owner.get(ORDERS, query)


@pytest.mark.django_db(transaction=True)
def test_workers_that_come_at_once_do_each_order_once(monkeypatch):
    user = person("support")
    orders = [at_work() for _ in range(6)]
    choose(log_in(user), "refund", *orders)
    work = begin(log_in(user), reason="gone")
    # Each believes that the others are lost.
    monkeypatch.setattr(working, "LEASE", timedelta(0))
    later = database_now() + timedelta(hours=1)
    gate = threading.Barrier(4)

    def slice_():
        gate.wait()
        try:
            return bulk.do_slice(work.pk, now=later)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: slice_(), range(4)))

    work.refresh_from_db()
    assert (work.done, work.refused) == (6, 0)
    assert LedgerEntry.objects.filter(kind="refund").count() == 6
    assert AuditEntry.objects.filter(action="order.refund").count() == 6


@pytest.mark.parametrize("tab", [str(status) for status in Status] + ["held"])
def test_a_state_is_a_word_of_the_statement_so_that_its_index_is_always_used(tab):
    """As a parameter it would share one plan with all states: made for those that are frequent."""
    sql, parameters = Search({"status": tab}).orders().query.sql_with_params()

    assert f"= '{'pending' if tab == 'held' else tab}'" in sql
    assert not set(parameters) & set(Status)
