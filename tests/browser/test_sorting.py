"""The price list and its headings are sorted by hand: by mouse, and by keyboard alone."""

import pytest
from playwright.sync_api import expect

from orders.models import Category, Service
from tests import make
from tests.browser.shop import let_in


@pytest.fixture
def pair(shop):
    """Two services below one heading, in this order."""
    heading = make.category(name="Sorted by hand")
    return [make.service(category=heading, position=n) for n in (1, 2)]


@pytest.fixture
def services_page(pair, context, live_server, settings):
    settings.STAFF_TWO_FACTOR = False
    let_in(context, make.user(is_staff=True, role="owner"), live_server.url)
    page = context.new_page()
    page.goto(f"{live_server.url}/staff/services/?category={pair[0].category_id}")
    return page


def expect_order(page, services):
    for place, service in enumerate(services):
        row = page.locator("tr[data-place]").nth(place)
        expect(row).to_have_attribute("data-place", str(service.pk))
    assert list(Service.objects.filter(pk__in=[one.pk for one in services])) == services


def test_a_row_is_dragged_above_another_one(services_page, pair):
    rows = services_page.locator("tr[data-place]")

    rows.nth(1).locator("[data-handle]").drag_to(rows.nth(0))

    expect_order(services_page, pair[::-1])


def test_a_row_is_moved_down_with_the_keyboard(services_page, pair):
    services_page.get_by_role("button", name=f"Move {pair[0].name} down").press("Enter")

    expect_order(services_page, pair[::-1])


@pytest.fixture
def categories_page(services_page, live_server):
    """The headings; the one of the pair is the last but one."""
    make.category(name="The last", position=10**6)
    Category.objects.filter(name="Sorted by hand").update(position=10**6 - 1)
    services_page.goto(f"{live_server.url}/staff/categories/")
    return services_page


def expect_last(page, name):
    expect(page.locator("tr[data-place]").last).to_contain_text(name)
    assert list(Category.objects.values_list("name", flat=True))[-1] == name


def test_a_heading_is_dragged_above_another_one(categories_page):
    rows = categories_page.locator("tr[data-place]")

    rows.last.locator("[data-handle]").drag_to(rows.nth(rows.count() - 2))

    expect_last(categories_page, "Sorted by hand")


def test_a_heading_is_moved_down_with_the_keyboard(categories_page):
    categories_page.get_by_role("button", name="Move Sorted by hand down").press("Enter")

    expect_last(categories_page, "Sorted by hand")
