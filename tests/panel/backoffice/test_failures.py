"""A bad morning in a few lines: each cause leads to its orders, and from there to the deed."""

import pytest
from django.urls import reverse

from panel.backoffice.failures import said
from tests import make
from tests.orders.test_failing import tried
from tests.panel.backoffice.test_orders import ORDERS, choose, found

pytestmark = pytest.mark.django_db
FAILURES = "/staff/failures/"


def test_a_cause_leads_to_its_orders_and_no_others(as_support):
    provider = make.provider(name="Far away")
    alike = [tried(provider, f'HTTP 200 json: {{"error": "Link {n}"}}').pk for n in (1, 2)]
    tried(provider, "Not in stock")

    page = as_support.get(FAILURES)
    line = next(one for one in page.context["lines"] if one.cause.orders == 2)

    assert line.text == "Link 2"
    assert "Far away" in page.content.decode()
    calls = f"{line.cause.first_id}-{line.cause.last_id}"
    assert line.orders_page == f"{ORDERS}?failure={calls}"
    assert found(as_support, failure=calls) == alike[::-1]


def test_all_orders_of_a_cause_can_be_dealt_with_at_once(as_support):
    provider = make.provider()
    for _ in range(2):
        tried(provider, "no")
    tried(provider, "another matter")
    line = as_support.get(FAILURES).context["lines"][0]

    page = choose(as_support, "refund", all="yes", query=line.orders_page.partition("?")[2])

    assert page.context["work"].length == 2


def test_the_overview_takes_the_first_lines_only(as_support):
    for text in "abcdef":
        tried(make.provider(), text)

    part = as_support.get(FAILURES, headers={"HX-Request": "true"})

    assert part.content.decode().count("?failure=") == 4
    assert "<html" not in part.content.decode()
    assert FAILURES in as_support.get(reverse("staff_overview")).content.decode()


def test_the_list_of_orders_says_what_was_answered(as_support):
    order = tried(make.provider(), 'HTTP 200 json: {"error": "Link is private"}')
    make.placed(service=order.service)

    lines = as_support.get(ORDERS).context["lines"]

    assert [line.trouble for line in lines] == ["", "Link is private"]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ('HTTP 200 application/json: {"error": "Bad link"}', "Bad link"),
        ('HTTP 200 application/json: {"x": 1}', '{"x": 1}'),
        ("HTTP 502 text/html: <html>", "<html>"),
        ("ConnectionError: reset", "ConnectionError: reset"),
        ("[1]", "[1]"),
        ("", ""),
    ],
)
def test_an_answer_is_told_without_its_wrapping(answer, text):
    assert said(answer) == text


@pytest.mark.parametrize("hours", ["x", "-1", "9" * 30, "72"])
def test_the_page_opens_whatever_is_asked_for(as_support, hours):
    assert as_support.get(FAILURES, {"hours": hours}).status_code == 200


@pytest.mark.parametrize("failure", ["x", "1", "1-x", "-", "2-1", f"1-{'9' * 18}"])
def test_a_cause_that_is_none_finds_nothing_or_is_no_filter(as_support, failure):
    make.placed()

    assert as_support.get(ORDERS, {"failure": failure}).status_code == 200


def test_the_page_asks_no_more_of_the_database_when_more_failed(
    as_owner, django_assert_max_num_queries
):
    tried(make.provider(), "no")
    with django_assert_max_num_queries(18) as few:
        as_owner.get(FAILURES)
    asked = len(few)
    for text in "abc":
        tried(make.provider(), text)
    with django_assert_max_num_queries(asked):
        as_owner.get(FAILURES)
