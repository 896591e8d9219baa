"""From a bad link to a rule: staff look back, save, and the next customer is told at once."""

import re

import pytest
from playwright.sync_api import expect

from orders.models import Order, PolicyRule
from panel.clock import database_now
from tests import make
from tests.browser.shop import let_in

SAID = "We do not promote this site."
LINK = "https://m.blocked.example/p/1"


@pytest.fixture
def service(shop):
    return shop.service()


@pytest.fixture
def desk(shop, context, live_server, settings):
    """A new rule's page, as somebody of the support sees it."""
    settings.STAFF_TWO_FACTOR = False
    let_in(context, make.user(is_staff=True, role="support"), live_server.url)
    page = context.new_page()
    page.goto("/staff/policy/new/")
    return page


def test_a_rule_is_looked_at_before_it_counts(desk, service):
    order = make.placed(service=service, now=database_now(), link=LINK)
    desk.get_by_label("What it looks for").fill("blocked.example")

    desk.get_by_role("button", name="What would it have refused?").click()

    expect(desk.get_by_text("of 1 orders would have been refused.")).to_be_visible()
    expect(desk.get_by_role("link", name=str(order.pk), exact=True)).to_be_visible()
    assert not PolicyRule.objects.exists()
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("The rule is in force.")).to_be_visible()


def test_a_customer_reads_the_refusal_while_typing_and_nothing_is_ordered(as_ann, service):
    PolicyRule.objects.create(kind="host", value="blocked.example", message=SAID)
    as_ann.goto(f"/dashboard/?service={service.pk}")

    as_ann.get_by_label("Quantity").fill("1000")
    as_ann.get_by_label("Link").fill(LINK)

    expect(as_ann.get_by_text(SAID)).to_be_visible()
    as_ann.get_by_role("button", name="Order now").click()
    expect(as_ann.locator("#id_link_error")).to_have_text(SAID)
    assert not Order.objects.exists()


def test_a_ready_list_is_filled_in_added_and_met_by_what_is_tried(desk):
    desk.goto("/staff/policy/paste/")
    desk.get_by_role("link", name="Fill in").click()
    expect(desk.get_by_label("One on each line")).to_have_value(re.compile(r"bit\.ly"))
    desk.get_by_role("button", name="Add", exact=True).click()
    expect(desk.get_by_text("Every line became a rule or was one.")).to_be_visible()
    desk.get_by_role("link", name="See the rules").click()

    desk.get_by_label("Link", exact=True).fill("https://go.example/?to=https%3A%2F%2Fbit.ly%2F3x")
    desk.get_by_role("button", name="Try", exact=True).click()

    expect(desk.get_by_text("This would be refused")).to_be_visible()
    expect(desk.get_by_role("status").get_by_role("link", name="bit.ly")).to_be_visible()
    expect(desk.locator("code")).to_have_text("bit.ly")


def test_all_rules_of_a_list_are_switched_off_at_once(desk):
    for value in ("a.example", "b.example"):
        PolicyRule.objects.create(kind="host", value=value, note="Link shorteners")
    desk.goto("/staff/policy/?q=shorteners")

    desk.get_by_role("button", name="Switch all off").click()

    expect(desk.get_by_text("2 rules were switched.")).to_be_visible()
    assert not PolicyRule.objects.filter(is_active=True).exists()
