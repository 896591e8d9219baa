from decimal import Decimal

import pytest

from orders import catalogue
from orders.models import Service
from providers.models import Provider
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def euros(prices):
    """The provider lists in euros, the panel sells in dollars."""
    Provider.objects.filter(pk=prices.provider.pk).update(currency="EUR")
    prices.box.fault("json", {"balance": "5.5", "currency": "EUR"}, action="balance")
    serve = prices.serve

    def serve_and_keep_balance(answer):
        serve(answer)
        prices.box.fault("json", {"balance": "5.5", "currency": "EUR"}, action="balance")

    prices.serve = serve_and_keep_balance
    return prices


def test_d8_without_an_exchange_rate_nothing_is_sold(euros):
    euros.add()

    euros.sync(panel_currency="USD")

    assert euros.service().unavailable == "exchange_rate"
    assert Provider.objects.get(pk=euros.provider.pk).exchange_problem == "no_rate"


def test_d8_an_exchange_rate_prices_and_sells_what_waited_for_it(euros):
    euros.add(rate="1.00")
    euros.sync(panel_currency="USD")

    catalogue.set_exchange_rate(euros.provider.pk, Decimal("1.1"), now=make.NOW)

    assert (euros.service().rate, euros.service().unavailable) == (Decimal("1.32"), "")
    euros.sync(panel_currency="USD")
    assert euros.service().unavailable == ""


def test_d8_services_made_before_are_stopped_when_the_currency_turns_out_to_differ(prices):
    prices.fill(3)
    prices.sync()
    prices.box.fault("json", {"balance": "5.5", "currency": "TRY"}, action="balance")

    read = catalogue.refresh_balance(prices.provider.pk, now=make.NOW)

    assert read is not None
    assert (read.problem, read.currency) == ("currency", "TRY")
    assert set(Service.objects.values_list("unavailable", flat=True)) == {"exchange_rate"}
    assert Provider.objects.get(pk=prices.provider.pk).balance == Decimal(1_000_000)


def test_d8_a_sync_does_not_reprice_in_the_wrong_currency(prices):
    prices.fill(3)
    prices.sync()
    prices.add("1", rate="40.00")
    prices.serve(list(prices.rows.values()))
    prices.box.fault("json", {"balance": "5.5", "currency": "TRY"}, action="balance")

    catalogue.sync_catalogue(prices.provider.pk, now=make.NOW)

    assert prices.service().rate == Decimal("1.2")
    assert prices.service().unavailable == "exchange_rate"


def test_d8_the_right_currency_sells_again(prices):
    prices.fill(3)
    prices.sync()
    prices.box.fault("json", {"balance": "5.5", "currency": "TRY"}, action="balance", times=1)
    catalogue.refresh_balance(prices.provider.pk, now=make.NOW)

    catalogue.refresh_balance(prices.provider.pk, now=make.NOW)

    assert set(Service.objects.values_list("unavailable", flat=True)) == {""}


def test_d8_a_silent_balance_leaves_what_was_known(prices):
    prices.fill(3)
    prices.sync()
    prices.box.fault("json", {"balance": "5.5", "currency": "TRY"}, action="balance", times=1)
    catalogue.refresh_balance(prices.provider.pk, now=make.NOW)
    prices.box.fault("http", 500, action="balance")

    assert catalogue.refresh_balance(prices.provider.pk, now=make.NOW) is None
    assert prices.service().unavailable == "exchange_rate"


def test_d8_a_large_step_of_the_exchange_rate_needs_a_second_look(prices):
    prices.add(rate="1.00")
    prices.sync()
    catalogue.set_exchange_rate(prices.provider.pk, Decimal("1.1"), now=make.NOW)

    with pytest.raises(catalogue.ExchangeRateJumped):
        catalogue.set_exchange_rate(prices.provider.pk, Decimal("11"), now=make.NOW)
    assert prices.service().rate == Decimal("1.32")

    catalogue.set_exchange_rate(prices.provider.pk, Decimal("11"), now=make.NOW, is_confirmed=True)
    assert prices.service().rate == Decimal("13.2")


@pytest.mark.parametrize("rate", [Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
def test_d8_what_is_no_exchange_rate_is_refused(prices, rate):
    with pytest.raises(catalogue.NotARate):
        catalogue.set_exchange_rate(prices.provider.pk, rate, now=make.NOW)


def test_c14_a_balance_without_a_currency_is_believed(prices):
    prices.box.fault("json", {"balance": "12.34567891"}, action="balance")

    read = catalogue.refresh_balance(prices.provider.pk, now=make.NOW)

    assert read is not None
    assert (read.amount, read.problem) == (Decimal("12.34567891"), "")
    assert Provider.objects.get(pk=prices.provider.pk).balance == Decimal("12.34567891")
