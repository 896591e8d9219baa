"""After a provider's rise: which services cost more, and what is left of their margins."""

from datetime import timedelta
from decimal import Decimal

from orders import catalogue
from orders.models import Service
from providers.models import Provider
from tests import make


def fixed(service, rate):
    before = make.NOW - timedelta(days=1)
    catalogue.edit_services({service.pk: {"own_rate": Decimal(rate)}}, now=before)
    service.refresh_from_db()


def test_a_rise_of_a_fifth_shows_each_margin_before_and_now(prices):
    prices.fill(3)
    prices.sync()
    fixed(prices.service("2"), "1.1")
    prices.add("1", rate="1.20")
    prices.add("2", rate="1.20")

    rise = prices.sync()
    changes = catalogue.cost_changes(rise)

    # The third costs what it did. The fixed one is sold below its cost now.
    assert [one.service_id for one in changes] == [prices.service("2").pk, prices.service("1").pk]
    bad, good = changes
    assert (bad.cost_before, bad.cost_now) == (Decimal(1), Decimal("1.2"))
    assert (bad.rate_before, bad.rate_now) == (Decimal("1.1"), Decimal("1.1"))
    assert bad.margin_before == Decimal(10)
    assert bad.margin_now is not None
    assert bad.margin_now < 0
    assert bad.keeps_less
    assert (good.rate_before, good.rate_now) == (Decimal("1.2"), Decimal("1.44"))
    assert (good.margin_before, good.margin_now) == (Decimal(20), Decimal(20))
    assert not good.keeps_less


def test_a_margin_that_differs_by_the_rounding_of_a_rate_alone_is_kept(prices):
    """0.65425 + 30 % is 0.850525, sold at 0.85053; 0.7851 + 30 % is sold at 1.02063 sharp."""
    prices.replan(markup_percent=Decimal(30))
    prices.add("1", rate="0.65425")
    prices.sync()
    prices.add("1", rate="0.7851")

    (change,) = catalogue.cost_changes(prices.sync())

    assert change.margin_now is not None
    assert change.margin_before is not None
    assert change.margin_now < change.margin_before
    assert not change.keeps_less


def test_costs_are_in_our_money_and_only_those_of_the_first_source_count(prices):
    Provider.objects.filter(pk=prices.provider.pk).update(exchange_rate=Decimal(2))
    prices.fill(2)
    prices.sync()
    one, other = prices.service("1"), prices.service("2")
    sources = [*other.sources.all(), *one.sources.all()]
    lines = [catalogue.Line(source.offer_id) for source in sources]
    catalogue.set_sources(one.pk, lines, now=one.created_at)
    prices.add("1", rate="1.50")

    assert catalogue.cost_changes(prices.sync()) == []
    catalogue.set_sources(one.pk, lines[::-1], now=one.created_at)
    prices.add("1", rate="2.00")
    (change,) = catalogue.cost_changes(prices.sync())

    assert (change.cost_before, change.cost_now) == (Decimal(3), Decimal(4))


def test_what_is_not_kept_any_more_shows_nothing(prices):
    prices.fill(1)
    prices.sync()
    prices.add("1", rate="2.00")
    rise = prices.sync()
    rise.undo = None

    assert catalogue.cost_changes(rise) == []
    assert Service.objects.count() == 1
