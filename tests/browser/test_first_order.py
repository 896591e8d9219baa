"""From the first visit to the last cent: sign up, pay in, order, watch it, get money back."""

import re
from decimal import Decimal

import pytest
from django.core import mail
from playwright.sync_api import expect

from orders.models import Order
from tests.panel.paying import pay

EMAIL, PASSWORD = "new@example.com", "correct horse battery"
LINK = "https://example.com/launch"


@pytest.fixture
def page(context):
    return context.new_page()


@pytest.fixture
def service(shop):
    """1,000 pieces of it cost a whole cent's multiple, so that pages show every digit."""
    service = shop.service()
    service.own_rate = Decimal("1.2")
    service.save(update_fields=["own_rate"])
    return service


def sign_up(page):
    """The form, the mail, its link, the log-in."""
    page.goto("/")
    page.get_by_role("link", name="Create an account").first.click()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/confirm-email/")
    (letter,) = mail.outbox
    (link,) = re.findall(r"http://\S+", str(letter.body))
    page.goto(link)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/login/**")
    log_in(page)


def log_in(page):
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=False).first.click()
    expect(page.get_by_role("heading", name="New order")).to_be_visible()


def add_funds(page, amount):
    page.get_by_role("link", name="Add funds").first.click()
    page.get_by_label("Amount").fill(amount)
    page.get_by_role("button", name="Add funds").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_text("Your balance was topped up.")).to_be_visible()


def find_and_order(page, service):
    """Search as one types, choose, fill in, order."""
    page.get_by_role("link", name="New order").first.click()
    page.get_by_label("Search all services").fill(service.name)
    page.locator("#choices").get_by_role("link", name=service.name).first.click()
    page.get_by_label("Link").fill(LINK)
    page.get_by_label("Quantity").fill("1000")
    expect(page.locator("#charge").get_by_text("$1.20").first).to_be_visible()
    page.get_by_role("button", name="Order now").click()
    page.get_by_role("link", name="Watch it happen").click()


def test_a_new_customer_orders_and_gets_back_what_was_not_delivered(
    page, settings, shop, service, live_server
):
    settings.DEMO_PAYMENTS = True
    settings.PUBLIC_URL = live_server.url
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    pay.method(title="Demo card")
    service.refresh_from_db()

    sign_up(page)
    add_funds(page, "20")
    find_and_order(page, service)
    order = Order.objects.get()
    shop.forward()
    shop.report(order, status="In progress", remains="600", start_count="52")
    shop.poll()
    # The page tells by itself: nobody reloads it.
    expect(page.get_by_text("In progress").first).to_be_visible()
    shop.report(order, status="Partial", remains="250", start_count="52")
    shop.poll()
    expect(page.get_by_text("+$0.30")).to_be_visible()

    page.get_by_role("link", name="Statement").click()
    rows = page.get_by_role("row").filter(has=page.get_by_role("cell")).all_inner_texts()
    amounts = [re.findall(r"[+−]?\$[\d.]+", row) for row in rows]
    assert amounts == [["+$0.30", "$19.10"], ["−$1.20", "$18.80"], ["+$20.00", "$20.00"]]
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("partial", Decimal("0.3"))
    assert len(shop.box.orders()) == 1
