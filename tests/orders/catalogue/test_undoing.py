from decimal import Decimal

import pytest

from orders import catalogue
from orders.models import CatalogueChange, CatalogueSync, Service
from providers.models import Offer
from tests import make

pytestmark = pytest.mark.django_db

FACTS = ("upstream_id", "name", "cost", "min", "max", "is_gone", "held", "was_imported")
LISTED = ("listed_name", "listed_rate", "listed_min", "listed_max", "unavailable")


def standing():
    """The catalogue as it stands, to the last column that a sync writes."""
    return (
        list(Offer.objects.order_by("pk").values_list(*FACTS)),
        list(Service.objects.order_by("pk").values_list("pk", *LISTED)),
    )


def test_an_undone_sync_leaves_offers_and_services_as_they_were(prices):
    prices.fill(5)
    prices.sync()
    before = standing()
    prices.add("1", rate="7.00", name="Article views number 1 again", max="99")
    prices.rows.pop("2")
    changing = prices.sync()
    assert standing() != before

    undone = catalogue.undo_sync(changing.pk, now=make.NOW)

    assert standing() == before
    assert undone.outcome == CatalogueSync.Outcome.UNDONE
    assert [line[0] for line in prices.feed("2")] == ["new", "gone", "back"]
    assert prices.feed("1")[-2:] == [("rate_down", "8.4", "1.2"), ("limits", "10–99", "10–10000")]


def test_an_undone_import_takes_its_services_away(prices):
    prices.fill(3)
    first = prices.sync()

    catalogue.undo_sync(first.pk, now=make.NOW)

    assert not Service.objects.exists()
    assert not Offer.objects.filter(is_gone=False).exists()
    assert not CatalogueChange.objects.exists()


def test_after_an_undone_import_the_list_can_be_imported_again(prices):
    prices.fill(3)
    catalogue.undo_sync(prices.sync().pk, now=make.NOW)
    prices.replan(markup_percent=Decimal(50))

    again = prices.sync()

    assert (again.counts["back"], again.counts["services_created"]) == (3, 3)
    assert prices.service().rate == Decimal("1.5")


def test_what_staff_changed_since_stays_after_an_undo(prices):
    prices.add()
    prices.sync()
    prices.add("1", rate="2.00")
    prices.add("2")
    changing = prices.sync()
    service = prices.service()
    service.own_name, service.markup_percent = "Ours", Decimal(100)
    service.save(update_fields=["own_name", "markup_percent"])
    new = prices.service("2")
    new.own_name = "Also ours"
    new.save(update_fields=["own_name"])

    catalogue.undo_sync(changing.pk, now=make.NOW)

    assert (prices.service().name, prices.service().rate) == ("Ours", Decimal(2))
    assert (prices.service("2").name, prices.service("2").unavailable) == ("Also ours", "gone")


def test_a_service_that_was_bought_is_never_deleted_by_an_undo(prices):
    prices.fill(2)
    first = prices.sync()
    order = make.placed(service=prices.service("1"))

    catalogue.undo_sync(first.pk, now=make.NOW)

    assert list(Service.objects.values_list("pk", flat=True)) == [order.service_id]
    assert prices.service("1").unavailable == "gone"


def test_syncs_are_undone_from_the_last_one_backwards(prices):
    prices.add()
    first = prices.sync()
    prices.add(rate="2.00")
    second = prices.sync()
    prices.sync()  # changes nothing, so it stands in nobody's way

    with pytest.raises(catalogue.CannotUndo):
        catalogue.undo_sync(first.pk, now=make.NOW)
    catalogue.undo_sync(second.pk, now=make.NOW)
    with pytest.raises(catalogue.CannotUndo):
        catalogue.undo_sync(second.pk, now=make.NOW)
    catalogue.undo_sync(first.pk, now=make.NOW)

    assert not Service.objects.exists()


def test_a_sync_that_changed_nothing_cannot_be_undone(prices):
    prices.add()
    prices.sync()

    with pytest.raises(catalogue.CannotUndo):
        catalogue.undo_sync(prices.sync().pk, now=make.NOW)


def test_an_undone_hold_is_as_it_was(prices):
    prices.replan(price_jump_percent=30)
    prices.add(rate="1.00")
    prices.sync()
    prices.add(rate="2.00")
    prices.sync()
    before = standing()
    prices.add(rate="1.10")
    mended = prices.sync()
    assert prices.service().unavailable == ""

    catalogue.undo_sync(mended.pk, now=make.NOW)

    assert standing() == before
    assert prices.offer().held_from["cost"] == "1.0000000000"
