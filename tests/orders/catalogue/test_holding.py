from decimal import Decimal

import pytest

from orders import catalogue
from orders.models import CatalogueSync
from providers.models import Offer
from tests import make

pytestmark = pytest.mark.django_db


def test_a13_a_cost_that_doubles_is_passed_on_with_the_markup(prices):
    prices.add(rate="1.00")
    prices.sync()
    prices.add(rate="2.00")

    prices.sync()

    assert prices.service().rate == Decimal("2.4")
    assert prices.service().unavailable == ""


def test_a13_a_fixed_rate_below_the_new_cost_is_not_sold(prices):
    prices.add(rate="1.00")
    prices.sync()
    service = prices.service()
    service.own_rate = Decimal("1.50")
    service.save(update_fields=["own_rate"])
    prices.add(rate="2.00")

    sync = prices.sync()

    assert (prices.service().rate, prices.service().unavailable) == (Decimal("1.5"), "margin")
    assert sync.counts["services_unavailable"] == 1


def test_a13_the_least_margin_counts_too(prices):
    prices.replan(minimum_margin=Decimal(50))
    prices.add(rate="1.00")
    prices.sync()
    assert prices.service().rate == Decimal("1.5")
    service = prices.service()
    service.own_rate = Decimal("1.49")
    service.save(update_fields=["own_rate"])

    catalogue.reprice(service_ids=[service.pk], now=make.NOW)

    assert prices.service().unavailable == "margin"


def test_a13_a_fixed_rate_that_pays_again_is_sold_again(prices):
    prices.add(rate="1.00")
    prices.sync()
    service = prices.service()
    service.own_rate = Decimal("1.50")
    service.save(update_fields=["own_rate"])
    prices.add(rate="2.00")
    prices.sync()
    prices.add(rate="1.40")

    prices.sync()

    assert prices.service().unavailable == ""


def test_d2_a_jump_upward_is_held_and_not_sold_at_a_loss(prices):
    prices.replan(price_jump_percent=30)
    prices.add(rate="1.00")
    prices.sync()
    prices.add(rate="2.00")

    sync = prices.sync()

    service = prices.service()
    assert (service.rate, service.unavailable) == (Decimal("1.2"), "cost_held")
    assert sync.counts["held"] == 1
    assert {"upstream_id": "1", "reason": "held: cost_held"} in sync.skipped
    assert prices.offer().held_from["cost"] == "1.0000000000"


def test_d2_a_jump_downward_is_held_at_the_rate_that_still_pays(prices):
    prices.replan(price_jump_percent=30)
    prices.add(rate="1.00")
    prices.sync()
    prices.add(rate="0.001")

    prices.sync()

    assert (prices.service().rate, prices.service().unavailable) == (Decimal("1.2"), "")
    assert prices.offer().held == "cost_held"


def test_d2_a_change_within_the_limit_passes(prices):
    prices.replan(price_jump_percent=30)
    prices.add(rate="1.00")
    prices.sync()
    prices.add(rate="1.30")

    prices.sync()

    assert (prices.service().rate, prices.offer().held) == (Decimal("1.56"), "")


def test_d2_small_steps_do_not_creep_past_a_hold(prices):
    prices.replan(price_jump_percent=30)
    prices.add(rate="1.00")
    prices.sync()
    for rate in ("2.00", "2.10", "2.20"):
        prices.add(rate=rate)
        prices.sync()

    assert prices.service().unavailable == "cost_held"
    assert prices.offer().held_from["cost"] == "1.0000000000"


def test_d2_a_mended_price_ends_the_hold_by_itself(prices):
    prices.replan(price_jump_percent=30)
    prices.add(rate="1.00")
    prices.sync()
    prices.add(rate="2.00")
    prices.sync()
    prices.add(rate="1.10")

    prices.sync()

    assert (prices.offer().held, prices.offer().held_from) == ("", None)
    assert (prices.service().rate, prices.service().unavailable) == (Decimal("1.32"), "")


def test_d2_a_person_releases_a_held_price(prices):
    prices.replan(price_jump_percent=30)
    prices.add(rate="1.00")
    prices.sync()
    prices.add(rate="2.00")
    prices.sync()

    catalogue.release([prices.offer().pk], now=make.NOW)

    assert (prices.service().rate, prices.service().unavailable) == (Decimal("2.4"), "")
    assert prices.sync().counts["held"] == 0


def test_d2_a_new_markup_applies_while_a_price_is_held(prices):
    prices.replan(price_jump_percent=30)
    prices.add(rate="1.00")
    prices.sync()
    prices.add(rate="2.00")
    prices.sync()
    prices.replan(markup_percent=Decimal(150))

    catalogue.reprice(provider_id=prices.provider.pk, now=make.NOW)

    assert (prices.service().rate, prices.service().unavailable) == (Decimal("2.5"), "")


@pytest.mark.parametrize("rate", ["0", "-1.00", "free", "", None, "1e9"])
def test_d2_a_rate_that_is_no_price_stops_the_service(prices, rate):
    prices.fill(4)
    prices.sync()
    prices.add("1", rate=rate)

    prices.sync()

    assert prices.service().unavailable == "invalid"
    assert prices.service().rate == Decimal("1.2")
    prices.add("1")
    prices.sync()
    assert prices.service().unavailable == ""


@pytest.mark.parametrize(
    "limits", [{"min": "50", "max": "10"}, {"min": "0"}, {"max": "1000000000000"}, {"min": "ten"}]
)
def test_d3_limits_that_cannot_be_stop_the_service(prices, limits):
    prices.fill(4)
    prices.sync()
    prices.add("1", **limits)

    prices.sync()

    assert prices.service().unavailable == "invalid"
    assert (prices.service().min, prices.service().max) == (10, 10_000)
    assert prices.feed()[-1][0] == "gone"


def test_d3_another_type_stops_the_service_because_its_form_differs(prices):
    prices.add()
    prices.sync()
    prices.add(type="Custom Comments")

    prices.sync()

    assert (prices.service().type, prices.service().unavailable) == ("Default", "type_changed")
    prices.add(type="default ")
    prices.sync()
    assert prices.service().unavailable == ""


def test_d3_our_own_limit_beyond_those_of_the_source_stops_the_service(prices):
    prices.add(max="10000")
    prices.sync()
    service = prices.service()
    service.own_min = 500
    service.save(update_fields=["own_min"])
    prices.add(max="300")

    prices.sync()

    service = prices.service()
    assert (service.min, service.max, service.unavailable) == (500, 10_000, "limits")


def test_d4_an_id_that_is_given_to_another_service_is_held(prices):
    prices.fill(4)
    prices.sync()
    prices.add("1", name="Podcast plays Premium", category="Podcasts", rate="9.00")

    sync = prices.sync()

    service = prices.service()
    assert (service.name, service.unavailable) == ("Article views number 1", "renumbered")
    assert service.rate == Decimal("1.2")
    assert (sync.counts["held"], prices.offer().is_gone) == (1, True)
    assert prices.sync().counts["unchanged"] == 4


def test_d4_the_old_name_under_its_id_again_ends_the_hold(prices):
    prices.fill(4)
    prices.sync()
    prices.add("1", name="Podcast plays Premium", category="Podcasts")
    prices.sync()
    prices.add("1")

    prices.sync()

    assert (prices.service().unavailable, prices.offer().held) == ("", "")


def test_d4_a_person_accepts_that_it_is_the_same_service(prices):
    prices.fill(4)
    prices.sync()
    prices.add("1", name="Podcast plays Premium", category="Podcasts", rate="2.00")
    prices.sync()

    catalogue.release([prices.offer().pk], now=make.NOW)

    service = prices.service()
    assert (service.name, service.unavailable) == ("Podcast plays Premium", "")
    assert (service.rate, prices.offer().is_gone) == (Decimal("2.4"), False)


def test_d4_names_that_change_their_places_are_held_however_alike_they_are(prices):
    prices.fill(8)
    prices.sync()
    prices.add("1", name="Article views number 2")
    prices.add("2", name="Article views number 1")

    prices.sync()

    assert prices.service("1").unavailable == "renumbered"
    assert prices.service("2").unavailable == "renumbered"


def test_d4_a_list_that_is_dealt_out_anew_is_refused_as_a_whole(prices):
    prices.fill(10)
    prices.sync()
    names = [row["name"] for row in prices.rows.values()]
    for row, name in zip(prices.rows.values(), names[1:] + names[:1], strict=True):
        row["name"] = name

    sync = prices.sync()

    assert sync.outcome == CatalogueSync.Outcome.REFUSED
    assert "10 under the id of another" in sync.reason
    assert not Offer.objects.filter(is_gone=True).exists()


def test_d4_a_touched_up_name_is_no_other_service(prices):
    prices.add(name="Article views | Worldwide | Starter")
    prices.sync()
    prices.add(name="🔥 Article views [Worldwide] [Starter] ⚡ FAST")

    prices.sync()

    assert prices.service().name == "🔥 Article views [Worldwide] [Starter] ⚡ FAST"


def test_d4_an_offer_that_nobody_sells_may_become_what_it_likes(prices):
    prices.replan(choice="nothing")
    prices.fill(4)
    prices.sync()
    prices.add("1", name="Podcast plays Premium", category="Podcasts")

    assert prices.sync().counts["held"] == 0
