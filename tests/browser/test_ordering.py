"""A1: however a browser behaves, what a customer orders once is ordered once."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from orders.models import LedgerEntry, Order

LINK = "https://example.com/launch"
SLOW = {"offline": False, "latency": 1500, "downloadThroughput": -1, "uploadThroughput": -1}
CLICK_TWICE = """() => {
  const button = document.querySelector("#order-form [type=submit]");
  button.click();
  button.click();
  return button.getAttribute("aria-disabled");
}"""
ALREADY = "You have active order with this link"


@pytest.fixture
def service(shop):
    return shop.service()


def fill_in(page, service, *, link=LINK, quantity="1000"):
    """Open the form of ``service`` and enter an order, up to the last click."""
    page.goto(f"/dashboard/?service={service.pk}")
    page.get_by_label("Link").fill(link)
    page.get_by_label("Quantity").fill(quantity)
    expect(page.get_by_text("Balance afterwards")).to_be_visible()


def order_now(page):
    page.get_by_role("button", name="Order now").click()


def see_receipt(page):
    expect(page.get_by_role("heading", name="Thank you, it is ordered")).to_be_visible()


def test_the_charge_is_shown_while_one_types(as_ann, service):
    service.refresh_from_db()
    fill_in(as_ann, service, quantity="1000")
    shown = as_ann.locator("#charge output")
    before = shown.inner_text()

    as_ann.get_by_label("Quantity").fill(str(service.max))

    expect(shown).not_to_have_text(before)
    assert not Order.objects.exists()


def see_same_order(page):
    """Either the receipt of that one order, or the word that there is one already."""
    thanks = page.get_by_role("heading", name="Thank you, it is ordered")
    expect(thanks.or_(page.get_by_text(ALREADY))).to_be_visible()


def arrive_unanswered(route):
    """The request reaches the panel, its answer never reaches the browser."""
    route.fetch(max_redirects=0)
    route.abort()


def click_in_both(*tabs):
    """Both clicks are made before either answer is read."""
    for tab in tabs:
        tab.get_by_role("button", name="Order now").click(no_wait_after=True)


def test_a1_a_tab_and_its_copy_clicked_at_once_make_one_order(as_ann, service):
    fill_in(as_ann, service)
    form = as_ann.request.get(as_ann.url)
    tabs = [as_ann, as_ann.context.new_page()]
    for tab in tabs:
        tab.route("**/dashboard/?service=*", lambda route: route.fulfill(response=form))
        fill_in(tab, service)

    click_in_both(*tabs)

    for tab in tabs:
        see_receipt(tab)
    assert tabs[0].url == tabs[1].url
    assert Order.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="charge").count() == 1


def test_a2_two_tabs_with_the_same_link_clicked_at_once_make_one_order(as_ann, service):
    tabs = [as_ann, as_ann.context.new_page()]
    for tab in tabs:
        fill_in(tab, service)

    click_in_both(*tabs)

    for tab in tabs:
        see_same_order(tab)
    assert Order.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="charge").count() == 1


def test_a1_a_double_click_makes_one_order(as_ann, service):
    fill_in(as_ann, service)

    as_ann.get_by_role("button", name="Order now").dblclick()

    see_receipt(as_ann)
    assert Order.objects.count() == 1


def test_a1_going_back_and_clicking_again_orders_nothing(as_ann, service):
    fill_in(as_ann, service)
    order_now(as_ann)
    see_receipt(as_ann)

    as_ann.go_back()
    as_ann.get_by_label("Link").fill(LINK)
    as_ann.get_by_label("Quantity").fill("1000")
    order_now(as_ann)

    see_same_order(as_ann)
    assert Order.objects.count() == 1


def test_a2_an_answer_lost_on_its_way_is_followed_by_no_second_order(as_ann, service):
    fill_in(as_ann, service)
    as_ann.route("**/dashboard/", arrive_unanswered)
    with as_ann.expect_event("requestfailed"):
        order_now(as_ann)
    assert Order.objects.count() == 1
    as_ann.unroute("**/dashboard/", arrive_unanswered)

    as_ann.reload()

    see_receipt(as_ann)
    assert Order.objects.count() == 1


def test_on_a_slow_network_the_button_says_that_it_is_at_work_and_sends_once(as_ann, service):
    fill_in(as_ann, service)
    line = as_ann.context.new_cdp_session(as_ann)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)
    sent = []
    as_ann.on("request", lambda request: sent.append(request.method))

    assert as_ann.evaluate(CLICK_TWICE) == "true"

    see_receipt(as_ann)
    assert sent.count("POST") == 1
    assert Order.objects.count() == 1


def test_g7_a_failure_of_ours_is_said_and_forgotten_with_the_next_answer(as_ann, service, troubles):
    troubles.expect(503)
    fill_in(as_ann, service)
    said = as_ann.get_by_text("Something went wrong on our side")
    expect(said).to_be_hidden()

    as_ann.route("**/quote/**", lambda route: route.fulfill(status=503))
    as_ann.get_by_label("Quantity").fill("2000")
    expect(said).to_be_visible()
    as_ann.unroute("**/quote/**")

    as_ann.get_by_label("Quantity").fill("3000")
    expect(said).to_be_hidden()


def test_an_error_stands_beside_its_field_and_nothing_is_charged(as_ann, service, ann):
    fill_in(as_ann, service)
    as_ann.get_by_label("Quantity").fill("0")

    order_now(as_ann)

    expect(as_ann.get_by_label("Quantity")).to_have_attribute("aria-invalid", "true")
    ann.refresh_from_db()
    assert ann.balance == Decimal("100")


def test_whoever_has_chosen_a_service_types_on_without_the_mouse(as_ann, service):
    as_ann.goto(f"/dashboard/?service={service.pk}")
    expect(as_ann.get_by_label("Link")).to_be_focused()

    as_ann.keyboard.type(LINK)
    as_ann.keyboard.press("Tab")
    as_ann.keyboard.type("1000")
    as_ann.keyboard.press("Enter")

    see_receipt(as_ann)
    assert Order.objects.get().link == LINK


def test_the_button_stays_where_it_is_while_the_charge_changes(as_ann, service):
    as_ann.goto(f"/dashboard/?service={service.pk}")
    as_ann.evaluate("document.fonts.ready.then(() => true)")
    button = as_ann.get_by_role("button", name="Order now")
    before = button.bounding_box()

    fill_in(as_ann, service)

    as_ann.evaluate("document.fonts.ready.then(() => true)")
    assert button.bounding_box() == before
