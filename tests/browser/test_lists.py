"""Lists: ordering many at once, copying ids, and never losing one's place at the keyboard."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from orders.models import Customer, MassOrder, Order, Service
from panel import shelves, tasks
from panel.dashboard import mass
from tests import make

DOUBLE_CLICK = """() => {
  const button = document.querySelector("#mass form [type=submit]");
  button.click();
  button.click();
}"""
FOCUSED = "document.activeElement.id || document.activeElement.textContent.trim()"


@pytest.fixture
def service(shop):
    return shop.service()


def lines(service, count):
    return "\n".join(f"{service.pk} | https://example.com/{n} | 1000" for n in range(count))


def check(page, text):
    page.goto("/dashboard/mass/")
    page.get_by_label("One order on each line").fill(text)
    page.get_by_role("button", name="Check the list").click()


@pytest.fixture
def may_copy(context, live_server):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)


def copied(page):
    return page.evaluate("navigator.clipboard.readText()")


def test_a_list_is_checked_ordered_and_mended(as_ann, ann, service):
    check(as_ann, f"{lines(service, 3)}\n{service.pk} | https://example.com/x | none")

    expect(as_ann.get_by_text("1 line cannot be ordered")).to_be_visible()
    expect(as_ann.get_by_text("Enter a whole number")).to_be_visible()
    assert not Order.objects.exists()
    as_ann.get_by_role("button", name="Order 3 lines").click()
    expect(as_ann.get_by_role("heading", name="3 orders are placed")).to_be_visible()
    as_ann.get_by_role("link", name="Mend the line that is left").click()

    field = as_ann.get_by_label("One order on each line")
    expect(field).to_have_value(f"{service.pk} | https://example.com/x | none")
    assert Order.objects.count() == 3


def test_a15_two_clicks_and_the_back_button_order_a_list_once(as_ann, ann, service):
    check(as_ann, lines(service, 3))
    expect(as_ann.get_by_role("button", name="Order 3 lines")).to_be_visible()
    as_ann.evaluate(DOUBLE_CLICK)
    expect(as_ann.get_by_role("heading", name="3 orders are placed")).to_be_visible()

    as_ann.go_back()
    assert Order.objects.count() == 3
    check(as_ann, lines(service, 3))
    expect(as_ann.get_by_text("You ordered exactly these lines before")).to_be_visible()

    assert Order.objects.count() == 3
    charged = sum(Order.objects.values_list("charge", flat=True), Decimal())
    assert Customer.objects.get(pk=ann.pk).balance == 100 - charged


def test_a_long_list_shows_how_far_it_is_without_reloading(as_ann, ann, service, monkeypatch):
    monkeypatch.setattr(mass, "AT_ONCE_MAX", 5)
    Service.objects.filter(pk=service.pk).update(own_rate=Decimal("0.01"))
    check(as_ann, lines(service, 120))
    as_ann.get_by_role("button", name="Order 120 lines").click()
    bar = as_ann.get_by_role("progressbar", name="Lines worked off")
    expect(bar).to_have_attribute("aria-valuenow", "0")

    monkeypatch.setattr(tasks, "ROUNDS_MAX", 1)
    tasks.place_mass_order(MassOrder.objects.get().pk)
    expect(bar).to_have_attribute("aria-valuenow", "83")
    tasks.place_mass_order(MassOrder.objects.get().pk)

    expect(as_ann.get_by_role("heading", name="120 orders are placed")).to_be_visible()


def test_chosen_ids_are_copied_and_stay_chosen_while_the_list_refreshes(
    as_ann, ann, shop, service, may_copy
):
    orders = [make.placed(customer=ann, service=service) for _ in range(3)]
    as_ann.goto("/dashboard/orders/")
    button = as_ann.get_by_role("button", name="Copy ids")
    button.click()
    assert copied(as_ann) == ",".join(str(order.pk) for order in reversed(orders))

    as_ann.get_by_role("checkbox", name=f"Choose order {orders[1].pk}").check()
    shop.forward()
    expect(as_ann.get_by_text("Processing").nth(1)).to_be_visible()

    expect(as_ann.get_by_role("checkbox", name=f"Choose order {orders[1].pk}")).to_be_checked()
    button.click()
    assert copied(as_ann) == str(orders[1].pk)


def test_more_services_come_and_the_keyboard_goes_on_with_the_first_of_them(
    as_ann, shop, monkeypatch
):
    monkeypatch.setattr(shelves, "PAGE_SIZE", 3)
    services = list(shelves.for_sale()[:4])
    as_ann.goto("/services/")
    as_ann.get_by_role("link", name="Show more").focus()

    as_ann.keyboard.press("Enter")

    expect(as_ann.get_by_role("link", name=services[3].name).first).to_be_focused()


def test_a_slash_leads_to_the_search_and_tab_from_there_to_the_first_service(as_ann, shop):
    as_ann.goto("/dashboard/")

    as_ann.keyboard.press("/")
    expect(as_ann.get_by_role("searchbox", name="Search all services")).to_be_focused()
    for _ in range(3):
        as_ann.keyboard.press("Tab")

    first = shelves.for_sale().first()
    assert first is not None
    assert first.name in as_ann.evaluate(FOCUSED)


def test_a_star_is_set_at_the_keyboard_without_losing_ones_place(as_ann, ann, service):
    as_ann.goto(f"/dashboard/?service={service.pk}")
    star = as_ann.get_by_role("button", name="Favourite")
    star.focus()
    as_ann.keyboard.press("Enter")

    expect(star).to_have_attribute("aria-pressed", "true")
    expect(star).to_be_focused()
    as_ann.goto("/dashboard/")
    expect(as_ann.get_by_text("Favourites", exact=True)).to_be_visible()
