from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.money import RATE_STEP
from orders.pricing import (
    RATE_MAX,
    Markup,
    converted,
    cost_of,
    customer_rate,
    keeps_margin,
    margin_percent,
    selling_rate,
)

ONE = Decimal(1)
COSTS = st.decimals(min_value=Decimal("1E-10"), max_value=10**5, places=10)
EXCHANGES = st.decimals(min_value=Decimal("1E-4"), max_value=10**3, places=10)
PERCENTS = st.decimals(min_value=0, max_value=1000, places=3)
RATES = st.decimals(min_value=RATE_STEP, max_value=10**6, places=5)
MARKUPS = st.builds(
    Markup,
    percent=PERCENTS,
    fixed=st.decimals(min_value=0, max_value=100, places=5),
    minimum_margin=PERCENTS,
    places=st.integers(0, 7),
)


def rate_of(cost, exchange_rate="1", **markup):
    return selling_rate(
        Decimal(cost), exchange_rate=Decimal(exchange_rate), markup=Markup(**markup)
    )


@given(cost=COSTS, exchange_rate=EXCHANGES, markup=MARKUPS)
def test_a_rate_is_never_below_what_the_markup_asks_and_at_most_a_step_above(
    cost, exchange_rate, markup
):
    rate = selling_rate(cost, exchange_rate=exchange_rate, markup=markup)

    base = cost * exchange_rate
    wanted = max(
        base * (1 + markup.percent / 100) + markup.fixed, base * (1 + markup.minimum_margin / 100)
    )
    assert wanted <= rate < wanted + Decimal(1).scaleb(-min(markup.places, 5))
    assert keeps_margin(rate, cost, exchange_rate=exchange_rate, markup=markup)
    assert rate.as_tuple().exponent == -5


@given(cost=COSTS, exchange_rate=EXCHANGES, markup=MARKUPS)
def test_no_price_is_ever_a_float(cost, exchange_rate, markup):
    assert type(selling_rate(cost, exchange_rate=exchange_rate, markup=markup)) is Decimal
    assert type(converted(cost, exchange_rate)) is Decimal


@pytest.mark.parametrize(
    ("cost", "markup", "rate"),
    [
        ("0.90", {"percent": Decimal(20)}, "1.08000"),
        ("0.90", {"fixed": Decimal("0.5")}, "1.40000"),
        ("0.90", {"percent": Decimal(20), "fixed": Decimal("0.5")}, "1.58000"),
        ("0.90", {"percent": Decimal(20), "minimum_margin": Decimal(50)}, "1.35000"),
        ("0.901", {"places": 2}, "0.91000"),
        ("0.901", {"places": 0}, "1.00000"),
        ("0.000001", {}, "0.00001"),
        ("1", {"percent": Decimal(-10)}, "1.00000"),
        ("1", {"percent": Decimal(-10), "minimum_margin": Decimal(-20)}, "0.90000"),
    ],
)
def test_percent_fixed_part_margin_and_places_make_the_rate(cost, markup, rate):
    assert str(rate_of(cost, **markup)) == rate


def test_a_cost_in_another_currency_is_converted_before_the_markup():
    assert rate_of("40", "0.0305", percent=Decimal(20)) == Decimal("1.464")


@pytest.mark.parametrize("cost", ["0", "-1"])
def test_what_costs_nothing_has_no_rate(cost):
    with pytest.raises(ValueError, match="is not a rate"):
        rate_of(cost)


def test_a_rate_that_cannot_be_stored_is_refused():
    assert rate_of(RATE_MAX) == RATE_MAX
    with pytest.raises(ValueError, match="not a rate"):
        rate_of(RATE_MAX + 1)


@given(rate=RATES, discount=st.decimals(min_value=0, max_value=Decimal("99.999"), places=3))
def test_a14_a_discount_changes_the_rate_once_and_rounds_up(rate, discount):
    paid = customer_rate(rate, discount=discount, own=None)

    exact = rate * (100 - discount) / 100
    assert exact <= paid < exact + RATE_STEP
    assert Decimal(0) < paid <= rate


def test_a14_an_own_rate_comes_before_the_list_and_any_discount():
    assert customer_rate(ONE, discount=Decimal(50), own=Decimal(3)) == Decimal(3)


@given(cost=COSTS, exchange_rate=EXCHANGES, units=st.integers(1, 10**9))
def test_our_cost_is_rounded_up_to_an_amount(cost, exchange_rate, units):
    exact = cost * exchange_rate * units / 1000
    assert exact <= cost_of(cost, exchange_rate=exchange_rate, units=units)
    assert cost_of(cost, exchange_rate=exchange_rate, units=units) - exact < Decimal("1E-8")


def test_the_margin_is_what_remains_on_top_of_the_cost():
    assert margin_percent(Decimal("1.2"), ONE) == Decimal(20)
    assert margin_percent(Decimal("0.9"), ONE) == Decimal(-10)
    assert margin_percent(ONE, Decimal(0)) is None
