"""Orders that need a person: the evidence is there, one answer counts, nothing is bought twice."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.lifecycle import Status
from orders.models import Attempt, LedgerEntry, Order, OrderEvent, Review
from panel.backoffice import bulk
from panel.clock import database_now
from panel.models import AuditEntry, BulkWork
from providers.sandbox import Sandbox
from tests import make
from tests.orders.upstream import age, fresh, sent_links, trade

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


def unknown_order(*, hours_ago=1, provider=None, **evidence):
    """An order whose one attempt brought no answer, at a provider that nobody can reach."""
    offer = make.offer(provider or make.provider())
    order = make.placed(service=make.service(rate="2", offers=[offer]), now=timezone.now())
    order.move_to(Status.SUBMITTING, now=timezone.now())
    then = timezone.now() - hours_ago * HOUR
    Attempt.objects.create(
        order=order,
        provider=offer.provider,
        offer=offer,
        outcome=Attempt.Outcome.SILENT,
        request={"action": "add", "link": order.link},
        answer="<html>Bad gateway</html>",
        lease_until=then,
        opened_at=then,
        closed_at=then,
        **evidence,
    )
    order.move_to(Status.UNCONFIRMED, now=timezone.now())
    Review.ask(order.pk, Review.Reason.SILENT, "no answer")
    return order


def at_work(**columns):
    order = make.placed(service=make.service(rate="2"), now=timezone.now())
    order.move_to(Status.IN_PROGRESS, now=timezone.now(), **columns)
    return order


def act(client, order, code, **sent):
    return client.post(reverse("staff_act", args=[order.pk, code]), sent)


def test_the_list_shows_each_open_question_with_its_answers(as_support):
    order = unknown_order()

    page = as_support.get(reverse("staff_attention")).content.decode()

    assert "no answer" in page
    for code in ("placed", "send_again", "refund"):
        assert reverse("staff_act", args=[order.pk, code]) in page


def test_the_list_is_narrowed_by_reason_and_provider(as_support):
    here, there = make.provider(), make.provider()
    one, other = unknown_order(provider=here), unknown_order(provider=there)
    Review.ask(other.pk, Review.Reason.WORD, "odd")

    def shown(**query):
        page = as_support.get(reverse("staff_attention"), query)
        return [(q.review.order_id, q.review.reason) for q in page.context["questions"]]

    assert shown(provider=here.pk) == [(one.pk, "silent")]
    assert shown(reason="word") == [(other.pk, "word")]
    assert len(shown(reason="nonsense")) == 3


def test_finance_reads_the_list_but_may_not_send_again(as_finance):
    order = unknown_order()

    page = as_finance.get(reverse("staff_attention")).content.decode()

    assert reverse("staff_act", args=[order.pk, "send_again"]) not in page
    assert act(as_finance, order, "send_again").status_code == 403
    assert fresh(order).status == Status.UNCONFIRMED


def test_request_answer_and_balances_stand_on_one_screen(as_owner, as_support):
    order = unknown_order(balance_before=Decimal("10"), balance_after=Decimal("9.5"))

    page = as_owner.get(reverse("staff_order", args=[order.pk])).content.decode()

    assert "&lt;html&gt;Bad gateway&lt;/html&gt;" in page
    assert order.link in page
    assert "10.00000000 → 9.50000000" in page
    assert "probably accepted" in page
    # What providers hold of ours is not for support; what it says about the order is.
    page = as_support.get(reverse("staff_order", args=[order.pk])).content.decode()
    assert "9.50000000" not in page
    assert "probably accepted" in page


@pytest.mark.parametrize(
    "evidence",
    [
        "It would cost 0.98765 by now; charged 2.",
        'HTTP 200 json: {"charge": "0.98765", "status": "Odd"}',
        "{'status': 'Odd', 'charge': 0.98765}",
        "status Odd, charge=0.98765",
    ],
)
def test_evidence_tells_what_it_costs_us_only_to_those_who_may_know(as_owner, as_support, evidence):
    order = at_work()
    Review.ask(order.pk, Review.Reason.WORD, evidence)
    OrderEvent.note(order.pk, "held", evidence)

    for path in (reverse("staff_attention"), reverse("staff_order", args=[order.pk])):
        assert "0.98765" in as_owner.get(path).content.decode()
        hidden = as_support.get(path).content.decode()
        assert "0.98765" not in hidden
        assert "…" in hidden


def test_the_menu_tells_how_many_orders_need_a_person(as_support):
    unknown_order()
    Review.ask(at_work().pk, Review.Reason.WORD, "odd")

    page = as_support.get("/staff/").content.decode()
    line = page[page.index(f'href="{reverse("staff_attention")}"') :][:600]

    assert '<span class="badge bg-red text-red-fg num ms-1">2</span>' in line


def test_b2_an_order_is_not_sent_again_while_the_provider_may_still_take_it(as_support):
    order = unknown_order(hours_ago=0)

    page = act(as_support, order, "send_again").content.decode()

    assert "may still take it" in page
    assert fresh(order).status == Status.UNCONFIRMED
    assert not AuditEntry.objects.exists()


def test_b2_an_order_is_not_sent_again_when_the_balance_speaks_against_it(as_support):
    order = unknown_order(balance_before=Decimal("10"), balance_after=Decimal("9.5"))

    page = act(as_support, order, "send_again").content.decode()

    assert "The balance there went down" in page
    assert fresh(order).status == Status.UNCONFIRMED


def test_b2_an_order_is_sent_again_against_doubts_only_by_a_person_who_looked(as_support):
    order = unknown_order(hours_ago=0)

    act(as_support, order, "send_again", sure="yes")

    assert fresh(order).status == Status.PENDING
    assert AuditEntry.objects.get().new["against_doubts"] is True


def test_without_doubts_one_click_sends_again_and_is_written_down(as_support):
    order = unknown_order()

    act(as_support, order, "send_again")

    assert fresh(order).status == Status.PENDING
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.old["status"]) == ("order.send_again", "unconfirmed")
    assert entry.new == {"status": "pending"}


def test_b2_a_look_alike_at_the_provider_stops_a_second_sending(box, as_support):
    upstream = trade(box)
    known = [upstream.placed() for _ in range(3)]
    upstream.forward()
    box.fault("drop_after", action="add")
    order = upstream.placed()
    upstream.forward()
    box.clear()
    for one in [*known, order]:
        age(one, HOUR)
    assert fresh(order).status == Status.UNCONFIRMED
    before = len(sent_links(box))

    page = act(as_support, order, "send_again").content.decode()
    alike = as_support.get(reverse("staff_alike", args=[order.pk])).content.decode()
    upstream.forward(after_s=60)

    assert "looks like it" in page
    assert "This is it" in alike
    assert fresh(order).status == Status.UNCONFIRMED
    assert len(sent_links(box)) == before


def test_the_id_that_the_provider_knows_makes_the_order_followed(box, as_support):
    upstream = trade(box)
    box.fault("drop_after", action="add")
    order = upstream.placed()
    upstream.forward()
    box.clear()
    upstream_id = str(box.orders()[-1]["order"])

    wrong = act(as_support, order, "placed", value="999999999").content.decode()
    act(as_support, order, "placed", value=upstream_id)

    assert "999999999" in wrong
    assert (fresh(order).status, fresh(order).upstream_id) == (Status.PROCESSING, upstream_id)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["order.placed", "order.placed.refused", "order.placed"]


def test_the_first_answer_counts_and_the_second_changes_nothing(as_support, as_owner):
    order = unknown_order()
    act(as_support, order, "send_again")

    page = act(as_owner, order, "refund", shown="2.00", reason="late").content.decode()
    again = act(as_owner, order, "send_again").content.decode()

    assert fresh(order).status == Status.CANCELED  # a waiting order may be canceled, once
    assert page == ""
    assert "cannot be done" in again
    assert LedgerEntry.objects.filter(kind="refund").count() == 1


def test_a_refund_wants_the_amount_as_it_was_shown_and_a_reason(as_support):
    order = unknown_order()

    for sent in ({"reason": "x"}, {"shown": "2.00"}, {"shown": "1.99", "reason": "x"}):
        act(as_support, order, "refund", **sent)
        assert fresh(order).status == Status.UNCONFIRMED, sent

    act(as_support, order, "refund", shown="2.00", reason="the provider lost it")

    assert (fresh(order).status, fresh(order).refunded) == (Status.CANCELED, Decimal(2))
    assert AuditEntry.objects.get().reason == "the provider lost it"
    assert not Review.objects.filter(resolved_at=None).exists()


def test_the_amount_of_a_partial_is_shown_before_it_is_booked(as_support):
    order = at_work()
    path = reverse("staff_act", args=[order.pk, "partial"])

    shown = as_support.get(path, {"value": "250"}).context["preview"].refund
    act(as_support, order, "partial", value="250", shown="0.50", reason="stuck")

    assert shown == Decimal("0.5")
    assert (fresh(order).status, fresh(order).refunded) == (Status.PARTIAL, Decimal("0.5"))
    assert fresh(order).remains == 250


@pytest.mark.parametrize("value", ["1001", "-1", "x", "", "1e2", "٣"])
def test_units_that_cannot_be_are_refused(as_support, value):
    order = at_work()

    answer = act(as_support, order, "partial", value=value, shown="0.50", reason="x")

    assert answer.status_code == 200
    assert fresh(order).status == Status.IN_PROGRESS


def test_an_order_that_is_being_sent_cannot_be_ended_by_anybody(as_owner):
    order = make.placed(service=make.service(offers=[make.offer(make.provider())]))
    order.move_to(Status.SUBMITTING, now=timezone.now())

    act(as_owner, order, "refund", shown="1.20", reason="x")

    assert fresh(order).status == Status.SUBMITTING


def test_a_question_is_closed_without_touching_the_order(as_support):
    order = at_work()
    Review.ask(order.pk, Review.Reason.WORD, "“Wobbling”")

    act(as_support, order, "leave")

    assert fresh(order).status == Status.IN_PROGRESS
    assert "left as it is" in Review.objects.get().resolution
    assert OrderEvent.objects.filter(order=order, kind="left").exists()


def test_an_unknown_order_cannot_be_left_as_it_is(as_support):
    order = unknown_order()

    act(as_support, order, "leave")

    assert Review.objects.get().resolved_at is None


def test_held_refunds_of_a_provider_are_answered_for_together(as_support):
    provider = make.provider()
    offer = make.offer(provider)
    order = make.placed(service=make.service(offers=[offer]), now=timezone.now())
    Order.objects.filter(pk=order.pk).update(status=Status.PROCESSING, upstream_id="7")
    Review.ask(order.pk, Review.Reason.BRAKE, "many")
    path = reverse("staff_brake", args=[provider.pk, "dismiss"])

    as_support.post(path, {"shown": "1"})
    as_support.post(path, {"shown": "2", "reason": "x"})
    assert Review.objects.get().resolved_at is None

    as_support.post(path, {"shown": "1", "reason": "keys were mixed up"})
    assert Review.objects.get().resolution == "dismissed"
    assert AuditEntry.objects.get().new == {"orders": 1}


def test_nothing_is_done_by_looking(as_owner):
    order = unknown_order()

    for code in ("send_again", "refund", "placed"):
        as_owner.get(reverse("staff_act", args=[order.pk, code]), {"reason": "x", "sure": "yes"})

    assert fresh(order).status == Status.UNCONFIRMED


def test_money_is_moved_only_by_someone_who_logged_in_lately(as_owner, settings):
    settings.STAFF_FRESH_S = 0
    order = unknown_order()

    answer = act(as_owner, order, "refund", shown="2.00", reason="x")

    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert fresh(order).status == Status.UNCONFIRMED


def test_after_an_action_one_is_back_on_pages_of_ours_only(as_support):
    ours = act(as_support, unknown_order(), "send_again", next="/staff/attention/?reason=silent")
    foreign = act(as_support, unknown_order(), "send_again", next="https://evil.example/")

    assert ours["Location"] == "/staff/attention/?reason=silent"
    assert foreign["Location"].startswith("/staff/orders/")


def choose(client, page, action, *orders):
    """Tick those orders in the list of questions, or all that match; look at the preview."""
    sent = {"action": action, "query": page.context["query"], "next": page.wsgi_request.path}
    ticks = {"ids": [order.pk for order in orders]} if orders else {"all": "yes"}
    return client.post(reverse("staff_bulk_choose"), sent | ticks, follow=True)


def test_many_questions_of_one_reason_are_answered_at_once(as_support):
    here, there = make.provider(), make.provider()
    asked = [unknown_order(provider=here) for _ in range(3)]
    elsewhere, other = unknown_order(provider=there), at_work()
    Review.ask(other.pk, Review.Reason.WORD, "odd")
    questions = {"reason": "silent", "provider": here.pk}
    page = as_support.get(reverse("staff_attention"), questions)
    assert [action.code for action in page.context["actions"]] == ["send_again", "refund"]

    preview = choose(as_support, page, "refund")
    work = BulkWork.objects.get()
    as_support.post(reverse("staff_bulk_start", args=[work.pk]), {"reason": "gone"})
    while bulk.do_slice(work.pk, now=database_now()):
        pass

    assert preview.context["work"].refund == sum(order.charge for order in asked)
    assert {fresh(order).status for order in asked} == {Status.CANCELED}
    assert {fresh(elsewhere).status, fresh(other).status} == {
        Status.UNCONFIRMED, Status.IN_PROGRESS,
    }  # fmt: skip
    left = set(Review.objects.filter(resolved_at=None).values_list("order_id", flat=True))
    assert left == {elsewhere.pk, other.pk}


def test_b2_many_are_sent_again_only_where_nothing_speaks_against_it(as_support):
    sure, doubtful = unknown_order(), unknown_order(hours_ago=0)
    page = as_support.get(reverse("staff_attention"))

    choose(as_support, page, "send_again", sure, doubtful)
    work = BulkWork.objects.get()
    as_support.post(reverse("staff_bulk_start", args=[work.pk]), {"reason": "it was down"})
    while bulk.do_slice(work.pk, now=database_now()):
        pass

    assert (fresh(sure).status, fresh(doubtful).status) == (Status.PENDING, Status.UNCONFIRMED)
    work.refresh_from_db()
    assert [order_id for order_id, _why in work.problems] == [doubtful.pk]


def test_many_questions_are_left_as_they_are_with_one_reason(as_support):
    orders = [at_work() for _ in range(2)]
    for order in orders:
        Review.ask(order.pk, Review.Reason.WORD, "odd")
    page = as_support.get(reverse("staff_attention"), {"reason": "word"})

    choose(as_support, page, "leave")
    work = BulkWork.objects.get()
    as_support.post(reverse("staff_bulk_start", args=[work.pk]), {"reason": "a new word"})
    while bulk.do_slice(work.pk, now=database_now()):
        pass

    assert not Review.objects.filter(resolved_at=None).exists()
    assert {fresh(order).status for order in orders} == {Status.IN_PROGRESS}


def test_from_the_preview_one_is_back_on_the_list_as_it_was_left(as_support):
    order = unknown_order()
    sent = {"action": "refund", "ids": [order.pk]}

    def list_page(address):
        answer = as_support.post(
            reverse("staff_bulk_choose"), sent | {"next": address}, follow=True
        )
        return answer.context["list_page"]

    ours = "/staff/attention/?reason=silent"
    assert list_page(ours) == ours
    assert list_page("https://evil.example/") == reverse("staff_orders")


def test_a_role_is_offered_in_bulk_only_what_it_may_do(as_finance):
    unknown_order()

    page = as_finance.get(reverse("staff_attention"), {"reason": "silent"})

    assert [action.code for action in page.context["actions"]] == ["refund"]


@pytest.mark.parametrize("page", ["staff_attention", "staff_order"])
def test_a_page_asks_no_more_of_the_database_when_there_is_more(
    as_owner, page, django_assert_max_num_queries
):
    order = unknown_order()
    path = reverse(page, args=[order.pk] if page == "staff_order" else [])
    with django_assert_max_num_queries(26) as few:
        as_owner.get(path)
    asked = len(few)
    for reason in ("word", "failed", "missing", "margin", "remains"):
        Review.ask(unknown_order().pk, reason, "?")
        Review.ask(order.pk, reason, "?")
        OrderEvent.note(order.pk, "answer", "…")
    with django_assert_max_num_queries(asked):
        as_owner.get(path)
