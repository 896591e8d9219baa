"""What an operator does every day, as they do it: with a filter, a tick and two clicks."""

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from orders import catalogue, refilling
from orders.lifecycle import Status
from orders.models import Order, Refill, Review, Service, Source
from panel.backoffice import bulk
from panel.clock import database_now
from providers.models import Offer
from tests import make
from tests.browser.axe import violations
from tests.browser.shop import CURRENCY, let_in

FAILED, REFILLS = 300, 40
DAY = timedelta(days=1)


@pytest.fixture
def desk(shop, context, live_server, settings):
    """The operator's browser."""
    settings.STAFF_TWO_FACTOR = False
    let_in(context, make.user(is_staff=True, role="owner"), live_server.url)
    return context.new_page()


def work_off():
    """What the workers do meanwhile."""
    for work_id in bulk.due_works(database_now()):
        while bulk.do_slice(work_id, now=database_now()):
            pass


def sent_to(provider, count, *, status=Status.PROCESSING):
    """Orders that a provider took, none of which it speaks of."""
    service = make.service(rate="1", offers=[make.offer(provider)], listed_refill=True)
    customer = make.customer(balance=str(count))
    ids = [
        make.placed(customer=customer, service=service, now=database_now()).pk for _ in range(count)
    ]
    for order_id in ids:
        columns = {"status": Status.PROCESSING, "upstream_id": f"U{order_id}", "due_at": None}
        Order.objects.filter(pk=order_id).update(**columns)
    if status != Status.PROCESSING:
        closed = {"status": status, "closed_at": database_now() - 2 * DAY}
        Order.objects.filter(pk__in=ids).update(**closed)
    return ids


def test_three_hundred_failed_orders_are_refunded_by_a_filter_and_two_clicks(desk, base_url):
    ids = sent_to(make.provider(name="Gone overnight"), FAILED)
    spared = sent_to(make.provider(name="Still there"), 2)
    desk.goto(f"{base_url}/staff/orders/")

    desk.get_by_label("Provider", exact=True).select_option(label="Gone overnight")
    desk.get_by_role("button", name="Find").click()
    desk.get_by_label("What to do").select_option(label="Cancel and refund")
    desk.get_by_label("all that match").check()
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_role("heading", name="Cancel and refund: 300 orders")).to_be_visible()
    expect(desk.locator(".charge-total")).to_contain_text("300")
    desk.get_by_label("Reason").fill("The provider is gone.")
    desk.get_by_role("button", name="Cancel and refund: 300 orders").click()
    expect(desk.get_by_text("Under way")).to_be_visible()
    work_off()

    expect(desk.get_by_text("300 done, 0 left as they were")).to_be_visible()
    ended = Order.objects.filter(pk__in=ids, status=Status.CANCELED, refunded=1)
    assert ended.count() == FAILED
    assert Order.objects.filter(pk__in=spared, status=Status.PROCESSING).count() == 2


def test_bulk_work_goes_on_when_the_page_is_closed(desk, context, base_url):
    sent_to(make.provider(name="Gone overnight"), 3)
    desk.goto(f"{base_url}/staff/orders/")
    desk.get_by_label("All on this page").check()
    desk.get_by_label("What to do").select_option(label="Cancel and refund")
    desk.get_by_role("button", name="Preview").click()
    desk.get_by_label("Reason").fill("The provider is gone.")
    desk.get_by_role("button", name="Cancel and refund: 3 orders").click()
    expect(desk.get_by_text("Under way")).to_be_visible()
    address = desk.url

    desk.close()
    work_off()

    later = context.new_page()
    later.goto(address)
    expect(later.get_by_text("3 done, 0 left as they were")).to_be_visible()


def test_hundreds_of_questions_are_answered_by_a_reason_and_two_clicks(desk, base_url):
    ids = sent_to(make.provider(name="Odd words"), 60)
    for order_id in ids:
        Review.ask(order_id, Review.Reason.WORD, "It says: Cooking")
    desk.goto(f"{base_url}/staff/")

    desk.get_by_role("link", name="Unknown status word 60").click()
    desk.get_by_label("What to do").select_option(label="Leave as it is")
    desk.get_by_label("all that match").check()
    desk.get_by_role("button", name="Preview").click()
    desk.get_by_label("Reason").fill("They are cooking.")
    desk.get_by_role("button", name="Leave as it is: 60 orders").click()
    expect(desk.get_by_text("Under way")).to_be_visible()
    work_off()

    expect(desk.get_by_text("60 done, 0 left as they were")).to_be_visible()
    desk.get_by_role("link", name="Back to the list").click()
    expect(desk.get_by_text("Nothing waits for a decision")).to_be_visible()
    assert "reason=word" in desk.url
    assert violations(desk) == []


def test_ids_are_pasted_and_copied_and_the_box_leads_to_an_order(desk, context, base_url):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    ids = sent_to(make.provider(), 3)
    desk.goto(f"{base_url}/staff/orders/")

    desk.get_by_label("Search orders").fill(f"{ids[0]}, {ids[2]} {ids[2] + 9_000}")
    desk.get_by_role("button", name="Find", exact=True).click()
    expect(desk.get_by_text(f"1 number is no order: {ids[2] + 9_000}")).to_be_visible()
    desk.get_by_role("button", name="Copy the ids there").click()
    expect(desk.locator("#announcer")).to_have_text("Copied")

    copied = desk.evaluate("navigator.clipboard.readText()")
    assert copied == f"U{ids[2]},U{ids[0]}"
    desk.locator("header").get_by_role("searchbox", name="Find an order").fill(f"U{ids[1]}")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name=f"Order {ids[1]}")).to_be_visible()
    assert violations(desk) == []


def test_forty_refill_tickets_take_a_minute(desk, base_url):
    provider = make.provider(name="Slow one")
    ids = sent_to(provider, REFILLS, status=Status.COMPLETED)
    for order_id in ids:
        refilling.request_refill(order_id, customer_id=None, now=database_now())
    Refill.objects.update(due_at=database_now() + DAY)
    desk.goto(f"{base_url}/staff/")

    desk.get_by_role("link", name="Requests").click()
    desk.get_by_label("Search requests").fill(", ".join(f"#{order_id}" for order_id in ids[:-1]))
    desk.get_by_role("button", name="Show").click()
    desk.get_by_label("What to do").select_option(label="Send now")
    desk.get_by_label("all that match").check()
    desk.get_by_role("button", name="Preview").click()
    desk.get_by_role("button", name="Send now: 39 refills").click()
    expect(desk.get_by_text("Under way")).to_be_visible()
    work_off()

    expect(desk.get_by_text("39 done, 0 left as they were")).to_be_visible()
    assert violations(desk) == []
    assert Refill.objects.filter(due_at__lte=database_now()).count() == REFILLS - 1
    desk.get_by_role("link", name="Back to the list").click()
    expect(desk.get_by_role("link", name="Send now: 39 refills")).to_be_visible()
    assert violations(desk) == []
    left = Refill.objects.get(order=ids[-1])
    # The list is as it was left: the forty numbers still stand in the search.
    desk.get_by_label("Search requests").fill(str(left.order_id))
    desk.get_by_role("button", name="Show").click()
    desk.locator(f"a[href*='/refill/{left.pk}/reject/']").click()
    desk.get_by_label("Reason, as the customer reads it").fill("The link is private.")
    desk.get_by_role("button", name="Reject").click()

    expect(desk.get_by_text("Reject.")).to_be_visible()
    left.refresh_from_db()
    assert (left.status, left.told) == ("rejected", "The link is private.")


def listed(provider, *, times):
    """The provider's list as it was read, each row at ``times`` its cost."""
    return [
        {
            "service": offer.upstream_id,
            "name": offer.name,
            "type": offer.type,
            "category": offer.category,
            "rate": str(offer.cost * times),
            "min": str(offer.min),
            "max": str(offer.max),
            "refill": offer.refill,
            "cancel": offer.cancel,
            "dripfeed": offer.dripfeed,
        }
        for offer in Offer.objects.filter(provider=provider)
    ]


def test_rates_are_put_right_after_a_provider_raised_its_prices_by_a_fifth(desk, shop, base_url):
    fixed = shop.service()
    rate = Source.objects.get(service=fixed).offer.cost * Decimal("1.1")
    catalogue.edit_services(
        {fixed.pk: {"own_rate": rate.quantize(Decimal("0.00001"))}}, now=database_now()
    )
    shop.box.fault("json", listed(shop.provider, times=Decimal("1.2")), action="services")
    rise = catalogue.sync_catalogue(shop.provider.pk, now=database_now(), panel_currency=CURRENCY)
    desk.goto(f"{base_url}/staff/syncs/{rise.pk}/")

    desk.get_by_role("link", name="Costs and margins").click()
    expect(desk.get_by_label(f"Choose {fixed.name}")).to_be_checked()
    desk.get_by_label("Those that are ticked").select_option(label="Keep a margin of at least")
    desk.get_by_label("Percent").fill("25")
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_role("row").filter(has_text=fixed.name)).to_contain_text("25")
    desk.get_by_role("button", name="Apply").click()

    expect(desk.get_by_text("changed.")).to_be_visible()
    expect(desk.get_by_label(f"Choose {fixed.name}")).not_to_be_checked()
    cost = Source.objects.get(service=fixed).offer.cost
    fixed.refresh_from_db()
    assert fixed.rate >= cost * Decimal("1.25") > rate


def test_new_services_are_imported_after_a_preview(desk, shop, base_url):
    other = make.provider(name="New one", url=shop.box.url, api_key=shop.box.key)
    catalogue.sync_catalogue(other.pk, now=database_now(), panel_currency=CURRENCY)
    before = Service.objects.count()
    desk.goto(f"{base_url}/staff/import/")

    desk.get_by_role("link", name="New one").click()
    for at in (0, 1):
        desk.locator("tbody input[name=service]").nth(at).check()
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_text("2 new services.")).to_be_visible()
    assert Service.objects.count() == before
    desk.get_by_role("button", name="Import").click()

    expect(desk.get_by_text("2 services were made.")).to_be_visible()
    assert Service.objects.count() == before + 2


def test_an_order_that_nobody_knows_about_is_confirmed_with_its_number_there(desk, shop, base_url):
    order = make.placed(service=shop.service(), now=database_now())
    shop.box.fault("drop_after", action="add", times=1)
    shop.forward()
    order.refresh_from_db()
    assert order.status == Status.UNCONFIRMED
    there = str(shop.box.orders()[-1]["order"])
    desk.goto(f"{base_url}/staff/")

    desk.get_by_role("link", name="Needs a person").first.click()
    desk.get_by_label(f"The provider's id of order {order.pk}").fill(there)
    desk.get_by_role("button", name="It was placed").click()

    expect(desk.get_by_text(f"Order {order.pk}: It was placed.")).to_be_visible()
    order.refresh_from_db()
    assert (order.status, order.upstream_id) == (Status.PROCESSING, there)


def test_services_are_bought_elsewhere_after_a_look_at_what_was_found(desk, shop, base_url):
    other = make.provider(name="Cheaper one", url=shop.box.url, api_key=shop.box.key)
    catalogue.sync_catalogue(other.pk, now=database_now(), panel_currency=CURRENCY)
    desk.goto(f"{base_url}/staff/services/?type=Default")

    desk.get_by_label("All on this page").check()
    desk.get_by_role("button", name="Sources…").click()
    desk.get_by_label("Bought at", exact=True).select_option(label=shop.provider.name)
    desk.get_by_label("To be bought at").select_option(label="Cheaper one")
    desk.get_by_role("button", name="Preview").click()
    ticks = desk.locator("input[name=pair]")
    expect(ticks.first).to_be_checked()
    assert violations(desk) == []
    count = ticks.count()
    ticks.first.uncheck()
    desk.get_by_role("button", name="Apply to those that are ticked").click()

    expect(desk.get_by_text("changed.")).to_be_visible()
    assert Source.objects.filter(offer__provider=other).count() == count - 1
