"""Somebody else is at work while a sync writes: held open for real, on own connections."""

from decimal import Decimal

import pytest
from django.db import connection, transaction

from orders import catalogue
from orders.catalogue.turns import take_turn
from orders.models import CatalogueSync, Category, Order, Service
from providers.models import Offer
from tests import make
from tests.orders import races
from tests.orders.catalogue.conftest import PriceList

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def prices(box, transactional_db):
    return PriceList(box)


def test_d9_an_edit_that_is_open_while_the_sync_writes_is_kept(prices):
    prices.add(rate="1.00")
    prices.sync()
    service = prices.service()
    prices.add(rate="2.00", name="Article views number one")

    with races.while_it_waits(prices.sync) as done:
        Service.objects.filter(pk=service.pk).update(own_name="Ours", is_active=False, position=7)

    service.refresh_from_db()
    assert done.result(0).outcome == CatalogueSync.Outcome.APPLIED
    assert (service.own_name, service.is_active, service.position) == ("Ours", False, 7)
    assert (service.name, service.rate) == ("Ours", Decimal("2.4"))
    assert service.listed_name == "Article views number one"


def test_d9_limits_that_staff_set_meanwhile_are_minded(prices):
    prices.add(max="10000")
    prices.sync()
    service = prices.service()
    prices.add(max="300")

    with races.while_it_waits(prices.sync) as done:
        Service.objects.filter(pk=service.pk).update(own_min=500)

    service.refresh_from_db()
    assert done.result(0).outcome == CatalogueSync.Outcome.APPLIED
    assert (service.min, service.max, service.unavailable) == (500, 10_000, "limits")


def test_d9_a_markup_that_staff_set_meanwhile_makes_the_rate(prices):
    prices.add(rate="1.00")
    prices.sync()
    service = prices.service()
    prices.add(rate="2.00")

    with races.while_it_waits(prices.sync) as done:
        Service.objects.filter(pk=service.pk).update(position=3)
        Category.objects.filter(pk=service.category_id).update(markup_percent=50)

    service.refresh_from_db()
    assert done.result(0).outcome == CatalogueSync.Outcome.APPLIED
    assert service.rate == Decimal(3)


def test_d9_orders_are_placed_while_a_sync_holds_its_services(prices):
    prices.add(rate="1.00")
    prices.sync()
    service, buyer = prices.service(), make.customer()

    def place():
        return make.placed(customer=buyer, service=service).rate

    with transaction.atomic():
        catalogue.reprice(service_ids=[service.pk], now=make.NOW)
        (rate,) = races.together([place])

    assert rate == Decimal("1.2")
    assert Order.objects.count() == 1


def test_d6_only_one_hand_writes_a_catalogue_at_a_time(prices):
    prices.add()
    with transaction.atomic():
        take_turn(prices.provider.pk)
        (refusal,) = races.together([prices.sync])

    assert isinstance(refusal, catalogue.SyncBusy)
    assert not Offer.objects.exists()


def test_d6_a_list_that_was_overtaken_while_it_was_fetched_is_dropped(prices):
    stale = prices.add(rate="1.00")
    prices.box.fault("json", [stale], action="services")
    respond, overtaking = prices.box.provider.respond, []

    def overtake(params):
        prices.box.provider.respond = respond
        answer = respond(params)
        prices.add(rate="3.00")
        overtaking.append(prices.sync())
        connection.close()
        return answer

    prices.box.provider.respond = overtake
    with pytest.raises(catalogue.SyncOvertaken):
        catalogue.sync_catalogue(prices.provider.pk, now=make.NOW)

    (fast,) = overtaking
    assert fast.outcome == CatalogueSync.Outcome.APPLIED
    assert prices.service().rate == Decimal("3.6")


def test_d6_syncs_of_one_provider_at_once_make_each_service_once(prices):
    prices.fill(30)
    prices.serve(list(prices.rows.values()))

    def sync():
        return catalogue.sync_catalogue(prices.provider.pk, now=make.NOW)

    results = races.together([sync] * 4)

    applied = [one for one in results if isinstance(one, CatalogueSync)]
    allowed = (CatalogueSync, catalogue.SyncBusy, catalogue.SyncOvertaken)
    assert applied
    assert all(isinstance(one, allowed) for one in results)
    assert (Offer.objects.count(), Service.objects.count()) == (30, 30)
