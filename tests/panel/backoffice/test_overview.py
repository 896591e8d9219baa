"""What an operator sees first, and what must never go unseen."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.lifecycle import Status
from orders.models import BookProof, Review
from panel.clock import database_now
from panel.heartbeats import periods
from panel.models import Heartbeat
from tests import make

pytestmark = pytest.mark.django_db
OVERVIEW = "/staff/"


@pytest.fixture(autouse=True)
def _running():
    """All clocks have just run."""
    now = database_now()
    Heartbeat.objects.bulk_create(Heartbeat(job=job, ran_at=now) for job in periods())


def banner(client):
    page = client.get(OVERVIEW).content.decode()
    return {code for code in ("book", "clocks", "dry", "away") if f'data-alert="{code}"' in page}


def prove(*, is_sound):
    BookProof.objects.create(
        at=timezone.now(), is_sound=is_sound, took_ms=1, entries=1, held=Decimal(0), claims=[]
    )


def test_when_all_is_well_there_is_no_banner(as_owner):
    prove(is_sound=True)
    make.provider(balance=Decimal(50))

    assert banner(as_owner) == set()


def test_a_clock_that_stopped_is_told_on_every_page(as_owner):
    Heartbeat.objects.filter(job="poll_orders").update(ran_at=database_now() - timedelta(minutes=2))

    assert banner(as_owner) == {"clocks"}
    assert b'data-alert="clocks"' in as_owner.get(reverse("staff_audit")).content


def test_a_job_that_never_ran_is_told(as_owner):
    Heartbeat.objects.filter(job="forward_orders").delete()
    assert banner(as_owner) == set()
    Heartbeat.objects.update(first_at=database_now() - timedelta(minutes=2))

    assert banner(as_owner) == {"clocks"}


@pytest.mark.parametrize(
    ("balance", "mark", "told"),
    [("0", None, {"dry"}), ("5", "5", {"dry"}), ("5.01", "5", set()), (None, "5", set())],
)
def test_a_dry_provider_is_told(as_owner, balance, mark, told):
    make.provider(balance=balance and Decimal(balance), low_balance_alert=mark and Decimal(mark))

    assert banner(as_owner) == told


def test_a_provider_that_is_switched_off_may_be_empty(as_owner):
    make.provider(balance=Decimal(0), is_active=False)

    assert banner(as_owner) == set()


def test_a_provider_that_is_paused_is_told(as_owner):
    make.provider(paused_until=timezone.now() + timedelta(hours=1))

    assert banner(as_owner) == {"away"}


def test_books_that_fail_are_told_until_they_are_proved_again(as_owner):
    prove(is_sound=False)
    assert banner(as_owner) == {"book"}

    prove(is_sound=True)
    assert banner(as_owner) == set()


def test_revenue_cost_and_balances_are_for_those_who_may_see_money(
    as_owner, as_support, as_finance
):
    make.provider(name="Quickpanel", balance=Decimal("77.25"))

    for client, sees in [(as_owner, True), (as_finance, True), (as_support, False)]:
        page = client.get(OVERVIEW).content.decode()
        assert ("Profit" in page) is sees
        assert ("77.25" in page) is sees
        assert "Quickpanel" in page


def test_the_page_shows_orders_questions_and_backlog(as_owner):
    order = make.placed()
    Review.ask(order.pk, Review.Reason.WORD, "?")
    Heartbeat.objects.filter(job="poll_orders").update(backlog=4321)

    page = as_owner.get(OVERVIEW)

    assert page.context["today"].orders == 1
    assert page.context["open_orders"] == 1
    assert [(code, count) for code, _title, count in page.context["questions"]] == [("word", 1)]
    assert b"4,321" in page.content


@pytest.mark.parametrize(
    ("balance", "said"), [("1", "2 h"), ("100", "200 h"), ("9999", "over 90 days")]
)
def test_a_balance_is_told_in_hours_at_the_present_pace(as_owner, balance, said):
    offer = make.offer(make.provider(balance=Decimal(balance)), cost=Decimal("1.5"))
    order = make.placed(
        service=make.service(rate="2", offers=[offer]), now=timezone.now() - timedelta(hours=3)
    )
    order.move_to(Status.SUBMITTING, now=timezone.now())

    assert f">{said}</span>" in as_owner.get(OVERVIEW).content.decode()


@pytest.mark.parametrize("days", ["7", "30", "90", "1000000", "x"])
def test_any_period_opens(as_owner, days):
    assert len(as_owner.get(OVERVIEW, {"days": days}).context["rows"]) in (7, 30, 90)


def test_the_page_asks_no_more_of_the_database_when_there_is_more(
    as_owner, django_assert_max_num_queries
):
    as_owner.get(OVERVIEW)
    with django_assert_max_num_queries(26) as few:
        as_owner.get(OVERVIEW)
    asked = len(few)
    for _ in range(10):
        offer = make.offer(make.provider(balance=Decimal(9)))
        order = make.placed(service=make.service(offers=[offer]), now=timezone.now())
        Review.ask(order.pk, Review.Reason.WORD, "?")
    with django_assert_max_num_queries(asked):
        as_owner.get(OVERVIEW)
