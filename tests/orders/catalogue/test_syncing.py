from decimal import Decimal

import pytest

from orders import catalogue
from orders.catalogue.syncing import SYNCS_KEPT_MAX
from orders.models import CatalogueSync, Category, ImportPlan, Service
from providers.models import Offer, Provider
from providers.sandbox.harness import Sandbox
from tests import make
from tests.orders.catalogue.conftest import PriceList

pytestmark = pytest.mark.django_db

Outcome = CatalogueSync.Outcome
Choice = ImportPlan.Choice


def test_a_list_becomes_offers_and_services_with_our_markup(prices):
    prices.add("1", rate="0.90")

    sync = prices.sync()

    service = prices.service()
    assert (sync.outcome, sync.counts["created"], sync.counts["services_created"]) == (
        *(Outcome.APPLIED, 1),
        1,
    )
    assert (service.name, service.category.name) == ("Article views number 1", "Articles")
    assert (service.rate, service.min, service.max) == (Decimal("1.08"), 10, 10_000)
    assert (service.refill, service.cancel, service.dripfeed) == (True, True, False)
    assert service.description == "Starts within an hour."
    assert prices.feed() == [("new", "", "")]


def test_the_whole_catalogue_of_the_sandbox_is_imported_with_all_its_types(box):
    prices = PriceList(box)

    sync = catalogue.sync_catalogue(prices.provider.pk, now=make.NOW)

    assert sync.counts["services_created"] == 18
    assert Service.objects.values("type").distinct().count() == 18


def test_a_second_reading_of_the_same_list_writes_nothing(prices):
    prices.fill(3)
    prices.sync()
    rows = list(Offer.objects.order_by("pk").values_list("pk", "changed_at"))

    sync = prices.sync()

    assert sync.counts["unchanged"] == 3
    assert sync.undo is None
    assert list(Offer.objects.order_by("pk").values_list("pk", "changed_at")) == rows
    assert len(prices.feed()) == 1


def test_imported_services_wait_for_staff_unless_the_plan_switches_them_on(prices):
    prices.replan(is_active_at_once=False)
    prices.add()

    prices.sync()

    assert not prices.service().is_active


def test_without_a_plan_offers_are_mirrored_and_nothing_is_sold(prices):
    prices.plan.delete()
    prices.add()

    prices.sync()

    assert Offer.objects.count() == 1
    assert not Service.objects.exists()


def test_only_chosen_categories_and_services_are_imported(prices):
    prices.replan(choice=Choice.CHOSEN, categories=["Podcasts"], services=["3"])
    prices.add("1")
    prices.add("2", category="Podcasts")
    prices.add("3")

    prices.sync()

    imported = Service.objects.values_list("sources__offer__upstream_id", flat=True)
    assert sorted(imported) == ["2", "3"]


def test_a_wider_plan_imports_offers_that_are_known_already(prices):
    prices.replan(choice=Choice.NOTHING)
    prices.fill(2)
    prices.sync()
    prices.replan(choice=Choice.ALL)

    sync = prices.sync()

    assert sync.counts["services_created"] == 2


def test_a_service_that_staff_deleted_is_not_made_again(prices):
    prices.add()
    prices.sync()
    prices.service().delete()

    prices.sync()

    assert not Service.objects.exists()


def test_a_new_service_stands_where_its_provider_lists_it(prices):
    prices.add("9")
    prices.add("4", category="Podcasts")
    prices.add("5")

    prices.sync()

    ordered = Service.objects.values_list("sources__offer__upstream_id", flat=True)
    assert list(ordered) == ["9", "5", "4"]
    assert list(Category.objects.values_list("name", flat=True)) == ["Articles", "Podcasts"]


def test_what_the_provider_changes_arrives_in_the_listing_and_in_the_feed(prices):
    prices.add()
    prices.sync()
    prices.add(name="Article views number one", rate="2.00", min="20", max="500", refill=False)

    sync = prices.sync()

    service = prices.service()
    assert sync.counts["changed"] == 1
    assert (service.name, service.rate) == ("Article views number one", Decimal("2.4"))
    assert (service.min, service.max, service.refill) == (20, 500, False)
    assert prices.feed()[1:] == [("rate_up", "1.2", "2.4"), ("limits", "10–10000", "20–500")]


def test_a_service_that_is_gone_is_not_sold_until_it_is_back(prices):
    prices.fill(4)
    prices.sync()
    row = prices.rows.pop("1")

    gone = prices.sync()
    assert (gone.counts["gone"], prices.service().unavailable) == (1, "gone")
    assert prices.offer().missing_since == make.NOW

    prices.rows["1"] = row
    back = prices.sync()
    assert (back.counts["back"], prices.service().unavailable) == (1, "")
    assert prices.offer().missing_since is None
    assert [kind for kind, _old, _new in prices.feed()] == ["new", "gone", "back"]


def test_while_the_first_source_is_gone_the_next_one_sells_at_its_own_cost(prices):
    prices.fill(4)
    prices.sync()
    service = prices.service()
    spare = make.offer(make.provider(), cost=Decimal(3), name="Spare", min=50, max=60)
    service.sources.create(offer=spare, rank=2)
    prices.rows.pop("1")

    prices.sync()

    service.refresh_from_db()
    assert (service.unavailable, service.name) == ("", "Article views number 1")
    assert (service.rate, service.min, service.max) == (Decimal(3), 50, 60)


def test_rows_of_unknown_types_are_counted_and_never_sold(prices):
    prices.add("1")
    prices.add("2", type="Hologram")

    sync = prices.sync()

    assert sync.counts["unknown_type"] == 1
    assert sync.skipped == [{"upstream_id": "2", "reason": "unknown type 'Hologram'"}]
    assert Offer.objects.count() == 2
    assert Service.objects.count() == 1


def test_malformed_rows_are_skipped_and_reported(prices):
    prices.add("1")
    prices.add("2", rate="free")

    sync = prices.sync()

    assert (sync.counts["skipped"], sync.listed) == (1, 2)
    assert sync.skipped[0]["upstream_id"] == "2"
    assert sync.skipped[0]["reason"] == "rate is not a positive number"


def test_d1_an_empty_list_is_refused_and_unlists_nothing(prices):
    prices.fill(3)
    prices.sync()
    prices.rows.clear()

    sync = prices.sync()

    assert (sync.outcome, bool(sync.reason)) == (Outcome.REFUSED, True)
    assert Offer.objects.filter(is_gone=False).count() == 3


def test_d1_an_empty_list_is_refused_however_much_may_be_lost(prices):
    prices.replan(shrink_limit_percent=100)
    prices.add()
    prices.sync()
    prices.rows.clear()

    assert prices.sync().outcome == Outcome.REFUSED
    assert not prices.offer().is_gone


@pytest.mark.parametrize(
    "answer", [{"error": "Maintenance"}, {"status": "fail", "msg": "Down"}, "text", None]
)
def test_d1_an_error_instead_of_a_list_changes_nothing(prices, answer):
    prices.fill(3)
    prices.sync()
    prices.serve(answer)

    sync = catalogue.sync_catalogue(prices.provider.pk, now=make.NOW)

    assert (sync.outcome, bool(sync.reason)) == (Outcome.FAILED, True)
    assert Offer.objects.filter(is_gone=False).count() == 3


def test_d1_a_server_error_counts_against_the_health_of_the_provider(prices):
    prices.box.fault("http", 500, action="services")

    sync = catalogue.sync_catalogue(prices.provider.pk, now=make.NOW)

    assert sync.outcome == Outcome.FAILED
    assert Provider.objects.get(pk=prices.provider.pk).failures == 1
    assert prices.box.key not in sync.reason


def test_d1_a_list_that_lost_too_much_is_kept_and_can_be_applied_anyway(prices):
    prices.fill(10)
    prices.sync()
    for number in range(1, 5):
        prices.rows.pop(str(number))

    refused = prices.sync()
    assert refused.outcome == Outcome.REFUSED
    assert "4 of 10" in refused.reason
    assert len(refused.kept_list["offers"]) == 6
    assert Offer.objects.filter(is_gone=True).count() == 0

    applied = catalogue.apply_anyway(refused.pk, now=make.NOW)
    assert (applied.outcome, applied.counts["gone"]) == (Outcome.APPLIED, 4)
    assert Offer.objects.filter(is_gone=True).count() == 4
    assert prices.service("1").unavailable == "gone"
    with pytest.raises(catalogue.CannotApply):
        catalogue.apply_anyway(refused.pk, now=make.NOW)


def test_d1_a_list_that_lost_no_more_than_its_limit_is_applied(prices):
    prices.fill(10)
    prices.sync()
    for number in range(1, 4):
        prices.rows.pop(str(number))

    assert prices.sync().outcome == Outcome.APPLIED


def test_d1_a_refused_list_is_of_no_use_once_a_newer_one_was_applied(prices):
    prices.fill(3)
    prices.sync()
    kept = dict(prices.rows)
    prices.rows.clear()
    prices.add("1")
    refused = prices.sync()
    prices.rows = kept
    prices.sync()

    with pytest.raises(catalogue.CannotApply):
        catalogue.apply_anyway(refused.pk, now=make.NOW)


def test_d5_markup_in_names_is_stored_as_sent_and_cut_at_the_column(prices):
    prices.add("1", name="<script>alert(1)</script> views")
    prices.add("2", name="n" * 100_000)

    prices.sync()

    assert prices.service("1").name == "<script>alert(1)</script> views"
    assert len(prices.service("2").name) == 500


def test_d7_the_last_of_equal_ids_wins_whether_number_or_text(prices):
    first, last = prices.add("1"), prices.add("1", name="Last", rate="3")
    prices.serve([first, {**last, "service": 1}])

    sync = catalogue.sync_catalogue(prices.provider.pk, now=make.NOW)

    assert sync.counts["skipped"] == 1
    assert (prices.service().name, prices.service().rate) == ("Last", Decimal("3.6"))


def test_the_balance_comes_with_the_list(prices):
    prices.add()

    prices.sync()

    provider = Provider.objects.get(pk=prices.provider.pk)
    assert (provider.balance, provider.balance_at) == (Decimal(1_000_000), make.NOW)
    assert provider.last_sync_at == make.NOW


def test_a_preview_shows_new_rates_and_writes_nothing(prices):
    prices.fill(4)
    prices.sync()
    prices.add("1", rate="1.50")
    prices.add("5")
    prices.rows.pop("2")
    prices.serve(list(prices.rows.values()))

    seen = catalogue.preview(prices.provider.pk, now=make.NOW)

    assert seen.rates == {prices.service("1").pk: (Decimal("1.2"), Decimal("1.8"))}
    assert (seen.counts["created"], seen.counts["gone"], seen.doubt) == (1, 1, "")
    assert [new.upstream_id for new in seen.work.new] == ["5"]
    assert prices.service("1").rate == Decimal("1.2")
    assert Offer.objects.count() == 4
    assert CatalogueSync.objects.count() == 1


def test_a_preview_and_the_sync_after_it_agree(prices):
    prices.fill(4)
    prices.sync()
    prices.add("1", rate="1.50", max="10")
    prices.rows.pop("3")
    prices.add("6", type="Package", min="1", max="1")
    prices.serve(list(prices.rows.values()))

    seen = catalogue.preview(prices.provider.pk, now=make.NOW)

    assert prices.sync().counts == seen.counts


def test_only_so_many_readings_are_kept(prices):
    prices.add()
    CatalogueSync.objects.bulk_create(
        CatalogueSync(provider=prices.provider, at=make.NOW, outcome=Outcome.FAILED)
        for _ in range(SYNCS_KEPT_MAX + 5)
    )

    kept = prices.sync()

    assert CatalogueSync.objects.count() == SYNCS_KEPT_MAX + 1
    assert CatalogueSync.objects.first() == kept


def test_two_providers_share_a_heading_and_nothing_else(prices):
    with Sandbox(services=1) as other_box:
        other = PriceList(other_box)
        for one in (prices, other):
            one.add("1")
            one.sync()
        other.rows["1"]["rate"] = "5"
        other.sync()

    assert Category.objects.count() == 1
    assert (prices.service().rate, other.service().rate) == (Decimal("1.2"), Decimal(6))
