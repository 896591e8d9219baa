from datetime import timedelta
from decimal import Decimal

import pytest

from orders import catalogue
from orders.models import Service
from orders.models.markup import MarkupLevel
from providers.models import Provider
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(prices):
    """Offers that are mirrored, with nothing imported yet."""
    prices.replan(choice="nothing")
    prices.fill(3)
    prices.add("4", category="Podcasts", name="Podcast plays")
    prices.add("5", type="Hologram")
    prices.sync()
    return prices


def test_staff_import_chosen_services_under_their_own_headings(known):
    done = catalogue.import_services(
        known.provider.pk,
        upstream_ids=["2"],
        categories=["Podcasts"],
        markup=MarkupLevel(markup_percent=Decimal(100)),
        category_names={"Podcasts": "Audio"},
        is_active=True,
        now=make.NOW,
    )

    assert (len(done.service_ids), done.left_out) == (2, {})
    assert (known.service("4").category.name, known.service("4").rate) == ("Audio", Decimal(2))
    assert known.service("2").category.name == "Articles"
    assert known.service("2").is_active
    assert known.feed("2") == [("new", "", "")]


def test_what_cannot_be_imported_is_named_with_its_reason(known):
    catalogue.import_services(known.provider.pk, upstream_ids=["1"], now=make.NOW)
    known.rows.pop("3")
    known.sync()

    done = catalogue.import_services(
        known.provider.pk, upstream_ids=["1", "2", "3", "5", "77"], now=make.NOW
    )

    assert done.left_out == {"1": "imported", "3": "gone", "5": "type", "77": "unknown"}
    assert len(done.service_ids) == 1


def test_a_markup_of_the_import_stays_with_its_services(known):
    catalogue.import_services(
        known.provider.pk,
        upstream_ids=["1"],
        markup=MarkupLevel(markup_fixed=Decimal("0.333"), rate_places=2),
        now=make.NOW,
    )
    assert known.service("1").rate == Decimal("1.54")  # 1 + 20 % + 0.333, up to 2 places
    known.add("1", rate="2.00")

    known.sync()

    assert known.service("1").rate == Decimal("2.74")


def test_a_markup_of_the_category_comes_before_that_of_the_provider(known):
    make.category(name="Articles", markup_percent=Decimal(70))

    catalogue.import_services(known.provider.pk, upstream_ids=["1"], now=make.NOW)

    assert known.service("1").rate == Decimal("1.7")


def test_a_new_markup_reprices_the_services_it_is_for(prices):
    prices.fill(2)
    prices.sync()
    heading = prices.service("1").category
    heading.markup_percent = Decimal(30)
    heading.save(update_fields=["markup_percent"])

    changed = catalogue.reprice(category_id=heading.pk, now=make.NOW)

    assert len(changed) == 2
    assert prices.service("1").rate == Decimal("1.3")
    assert prices.feed("1")[-1] == ("rate_up", "1.2", "1.3")
    assert catalogue.reprice(category_id=heading.pk, now=make.NOW) == []


def test_repricing_leaves_services_that_staff_deliver_alone(prices):
    manual = make.service(rate="5")

    assert catalogue.reprice(now=make.NOW) == []
    manual.refresh_from_db()
    assert (manual.rate, manual.unavailable) == (Decimal(5), "")


def test_a_provider_that_is_switched_off_takes_its_services_along(prices):
    prices.add()
    prices.sync()
    Provider.objects.filter(pk=prices.provider.pk).update(is_active=False)

    catalogue.reprice(provider_id=prices.provider.pk, now=make.NOW)

    assert prices.service().unavailable == "gone"


def test_providers_are_read_again_when_their_time_has_come(prices):
    assert catalogue.due_providers(make.NOW) == [prices.provider.pk]
    prices.add()
    prices.sync()

    assert catalogue.due_providers(make.NOW + timedelta(minutes=14)) == []
    assert catalogue.due_providers(make.NOW + timedelta(minutes=15)) == [prices.provider.pk]


def test_a_failed_reading_is_tried_again_sooner(prices):
    prices.serve({"error": "Maintenance"})
    catalogue.sync_catalogue(prices.provider.pk, now=make.NOW)

    assert catalogue.due_providers(make.NOW + timedelta(minutes=3)) == [prices.provider.pk]


def test_no_clock_repeats_what_a_person_has_just_undone(prices):
    prices.add()
    undone = prices.sync()
    catalogue.undo_sync(undone.pk, now=make.NOW)

    assert catalogue.due_providers(make.NOW + timedelta(hours=23)) == []
    assert catalogue.due_providers(make.NOW + timedelta(hours=24)) == [prices.provider.pk]


def test_providers_that_are_off_or_unreachable_are_not_due(prices):
    Provider.objects.filter(pk=prices.provider.pk).update(is_active=False)

    assert catalogue.due_providers(make.NOW) == []
    assert not Service.objects.exists()
