"""Customers pay in by themselves: at the demo, at a hosted checkout, at a bank; staff confirm."""

import re

import pytest
from playwright.sync_api import expect

from orders.models import Customer, Payment
from tests import make
from tests.browser.shop import let_in
from tests.gateways.worlds import StripeWorld
from tests.panel.paying import files, pay

CHECKOUT = re.compile(r"^https://checkout\.stripe\.com/")


@pytest.fixture(autouse=True)
def _in_a_trial(settings, live_server):
    settings.DEMO_PAYMENTS = True
    settings.STAFF_TWO_FACTOR = False
    settings.PUBLIC_URL = live_server.url


@pytest.fixture
def stripe():
    world = StripeWorld()
    yield world
    world.standin.close()


@pytest.fixture
def as_owner(new_context, troubles, live_server, ann):
    context = new_context()
    troubles.watch(context)
    owner = make.user(is_staff=True, is_superuser=True, email="owner@example.com")
    let_in(context, owner, live_server.url)
    return context.new_page()


def add_funds(page, method, amount):
    page.goto("/dashboard/funds/")
    page.locator("#funds-form").get_by_text(method.title).click()
    page.get_by_label("Amount").fill(amount)
    expect(page.locator("#funds-quote output")).to_have_text(f"${amount}")
    page.get_by_role("button", name="Add funds").click()


def balance(customer):
    return Customer.objects.get(pk=customer.pk).balance


def test_what_is_paid_and_credited_follows_what_is_entered(as_ann):
    pay.method(title="Card", fee_percent=10, fee_borne_by="customer")
    told, amount = as_ann.locator("#funds-quote"), as_ann.get_by_label("Amount")
    as_ann.goto("/dashboard/funds/")

    amount.fill("50")
    expect(told.locator("output")).to_have_text("$55.00")
    amount.fill("1")
    expect(told.locator("output")).to_have_text("$1.10")
    amount.fill("99999")
    expect(told).to_contain_text("The amount must be from 1 to 10000.")


def test_a_customer_pays_at_the_demo(as_ann, ann):
    add_funds(as_ann, pay.method(title="Demo card"), "20.00")

    as_ann.get_by_role("button", name="Pay", exact=True).click()

    expect(as_ann.get_by_text("Your balance was topped up.")).to_be_visible()
    assert balance(ann) == 120


def test_a_customer_pays_at_a_hosted_checkout_and_is_credited_when_they_come_back(
    as_ann, ann, stripe, live_server
):
    there: list[str] = []

    def checkout(route):
        """The gateway's page: the customer pays there, and is led back."""
        there.append(route.request.url.rsplit("/", 1)[1])
        stripe.standin.pay(there[-1])
        back = f"{live_server.url}/dashboard/funds/{Payment.objects.latest('pk').token}/"
        body = f'<!doctype html><title>Pay</title><a href="{back}">Back</a>'
        route.fulfill(status=200, content_type="text/html", body=body)

    as_ann.route(CHECKOUT, checkout)
    add_funds(as_ann, pay.of_world(stripe, title="Card"), "30.00")
    as_ann.get_by_role("link", name="Back").click()

    # The page asks by itself: no message came, and nobody reloads it.
    expect(as_ann.get_by_text("Your balance was topped up.")).to_be_visible()
    assert len(there) == 1
    assert balance(ann) == 130


def test_a_customer_sends_a_receipt_and_staff_confirm(as_ann, ann, as_owner, tmp_path):
    receipt = tmp_path / "photo of my bank.jpg"
    receipt.write_bytes(files.photo_with_place())
    add_funds(as_ann, pay.by_hand(title="Bank"), "40.00")
    expect(as_ann.get_by_text("Please pay as described below")).to_be_visible()
    memo = as_ann.get_by_label("With this memo").input_value()
    as_ann.get_by_label("A picture or PDF of it").set_input_files(receipt)
    as_ann.get_by_role("button", name="I have paid").click()
    expect(as_ann.get_by_text("We look for your payment")).to_be_visible()

    as_owner.goto("/staff/payments/")
    as_owner.get_by_label("Search").fill(memo)
    as_owner.get_by_role("button", name="Show").click()
    as_owner.locator("table a.num").first.click()
    with as_owner.expect_download() as kept:
        as_owner.get_by_role("link", name="JPEG").click()
    assert kept.value.suggested_filename.endswith(".jpeg")
    as_owner.get_by_role("button", name="Confirm").click()
    expect(as_owner.get_by_text("It is done.")).to_be_visible()

    as_ann.reload()
    expect(as_ann.get_by_text("Your balance was topped up.")).to_be_visible()
    assert balance(ann) == 140
