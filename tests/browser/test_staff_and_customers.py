"""Staff about their customers: looking as one of them, two people for much money, a file."""

import re

import pytest
from playwright.sync_api import expect

from orders.models import Customer
from panel import tasks
from panel.models import Intake, Storefront
from tests import make
from tests.browser.axe import violations
from tests.browser.shop import let_in

PHONE = {"width": 390, "height": 844}
FILE = "email;name;balance\nnew@example.com;New One;12,50\nbroken;Nobody;1\n"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(autouse=True)
def _one_factor(settings):
    settings.STAFF_TWO_FACTOR = False


@pytest.fixture
def opened(new_context, troubles, live_server):
    """A browser of somebody of the staff, open on an address."""

    def open_for(user, path):
        context = new_context()
        troubles.watch(context)
        let_in(context, user, live_server.url)
        page = context.new_page()
        page.goto(path)
        return page

    return open_for


@pytest.fixture
def owner(shop):
    return make.user(is_staff=True, role="owner", email="owner@example.com")


def test_s16_a_person_looks_as_a_customer_and_comes_back(opened, owner, ann):
    make.user(customer=ann, email="ann@example.com")
    page = opened(owner, f"/staff/customers/{ann.pk}/")
    page.locator("form[action$='/log-in-as/']").get_by_label("Reason").fill("No refill to be found")
    page.get_by_role("button", name="Log in as this customer").click()

    mark = page.get_by_role("region", name="You look as a customer")
    for size in (PHONE, {"width": 1440, "height": 900}):
        page.set_viewport_size(size)
        for path in ("/dashboard/", "/services/", "/dashboard/account/"):
            page.goto(path)
            expect(mark).to_be_in_viewport()
            assert violations(page) == []
            assert page.evaluate(OVERFLOW) <= 0
    mark.get_by_role("button").click()

    expect(page).to_have_url(re.compile(rf"/staff/customers/{ann.pk}/$"))
    expect(mark).to_have_count(0)


def test_e11_much_money_is_booked_by_the_second_person(opened, owner, ann):
    Storefront.objects.create(pk=1, second_person_above=100)
    page = opened(owner, f"/staff/customers/{ann.pk}/")
    page.get_by_label("Amount").fill("500")
    page.locator("form[action$='/funds/']").get_by_label("Reason").fill("Late delivery")
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("It waits for a second person.")).to_be_visible()

    second = make.user(is_staff=True, role="finance", email="finance@example.com")
    other = opened(second, "/staff/approvals/")
    other.get_by_role("button", name="Confirm").click()

    expect(other.get_by_text("It was booked.")).to_be_visible()
    assert Customer.objects.get(pk=ann.pk).balance == 600


def test_a_file_of_customers_is_tried_taken_in_and_shown(opened, owner):
    page = opened(owner, "/staff/customers/import/")
    page.get_by_label("CSV file").set_input_files(
        {"name": "customers.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    page.get_by_role("button", name="Try it without importing").click()
    expect(page.get_by_text("E-mail address: “broken” is no address")).to_be_visible()
    page.get_by_label("Reason").fill("We moved")
    page.get_by_role("button", name="Import 1 customer").click()
    expect(page.get_by_role("heading", name="Being taken in")).to_be_visible()

    tasks.take_file_in(Intake.objects.get().pk)

    expect(page.get_by_text("1 customer was taken in.")).to_be_visible()
    page.get_by_role("link", name="New One").click()
    expect(page.get_by_text("Opening balance")).to_be_visible()
