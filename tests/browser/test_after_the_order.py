"""What a customer does with orders: ask for a refill, order a whole list."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from orders.models import Order, Refill
from panel import tasks
from panel.clock import database_now

LINES_LONG = 60  # more than are placed within one request


def mass(page, *lines):
    page.goto("/dashboard/mass/")
    page.get_by_label("One order on each line").fill("\n".join(lines))
    page.get_by_role("button", name="Check the list").click()


@pytest.fixture
def service(shop):
    return shop.service(refill=True)


def test_a_refill_is_asked_for_once_and_sent_to_the_provider(as_ann, ann, shop, service):
    order = shop.delivered(ann, service, at=database_now() - timedelta(days=2))

    as_ann.goto("/dashboard/orders/")
    as_ann.get_by_role("button", name=f"Refill order {order.pk}").click()

    expect(as_ann.get_by_text(f"The refill of order {order.pk} was requested.")).to_be_visible()
    expect(as_ann.get_by_text("Refill requested").first).to_be_visible()
    expect(as_ann.get_by_role("button", name=f"Refill order {order.pk}")).to_have_count(0)
    tasks.refill_at_provider(shop.provider.pk)
    assert Refill.objects.get().upstream_id
    assert shop.box.calls("refill") == 1


def test_a_list_is_tried_first_and_then_ordered_without_its_wrong_lines(as_ann, service):
    mass(
        as_ann,
        f"{service.pk} | https://example.com/1 | 1000",
        f"{service.pk} | https://example.com/2 | 0",
        "0 | https://example.com/3 | 1000",
        f"{service.pk} | https://example.com/4 | 1000",
    )

    expect(as_ann.get_by_role("heading", name="2 lines cannot be ordered")).to_be_visible()
    assert not Order.objects.exists()

    as_ann.get_by_role("button", name="Order 2 lines").click()
    expect(as_ann.get_by_text("2 orders are placed")).to_be_visible()
    links = Order.objects.order_by("pk").values_list("link", flat=True)
    assert list(links) == ["https://example.com/1", "https://example.com/4"]


def test_a1_going_back_to_a_list_and_ordering_again_orders_nothing(as_ann, service):
    mass(as_ann, f"{service.pk} | https://example.com/1 | 1000")
    order = as_ann.get_by_role("button", name="Order 1 line")
    order.click()
    expect(as_ann.get_by_text("1 order is placed")).to_be_visible()

    as_ann.go_back()
    if order.is_visible():
        order.click()

    expect(as_ann.get_by_text("1 order is placed")).to_be_visible()
    assert Order.objects.count() == 1


def test_a_long_list_shows_its_progress_until_the_clock_has_worked_it_off(as_ann, service):
    lines = [f"{service.pk} | https://example.com/{n} | 10" for n in range(LINES_LONG)]
    mass(as_ann, *lines)

    as_ann.get_by_role("button", name=f"Order {LINES_LONG} lines").click()
    expect(as_ann.get_by_role("progressbar")).to_be_visible()
    tasks.place_mass_order(int(as_ann.url.rstrip("/").rsplit("/", 1)[1]))

    expect(as_ann.get_by_text(f"{LINES_LONG} orders are placed")).to_be_visible()
    assert Order.objects.count() == LINES_LONG
