from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Service
from orders.money import (
    MONEY_STEP,
    RATE_STEP,
    MoneyField,
    RateField,
    on_scale,
    plain,
    product,
    readable,
)

RATES = st.integers(1, 10**14).map(lambda steps: Decimal(steps).scaleb(-5))
UNITS = st.integers(0, 10**12)


@given(rate=RATES, units=UNITS)
def test_a_charge_is_rate_times_units_to_the_last_digit(rate, units):
    charge = product(rate, units)

    assert charge * 1000 == rate * units
    assert charge.as_tuple().exponent == -8


@given(rate=RATES, units=st.integers(1, 10**9), data=st.data())
def test_what_was_delivered_and_what_goes_back_is_what_was_charged(rate, units, data):
    remains = data.draw(st.integers(0, units))

    assert product(rate, units - remains) + product(rate, remains) == product(rate, units)


@given(rate=RATES, units=UNITS)
def test_a_charge_never_holds_a_float(rate, units):
    assert type(product(rate, units)) is Decimal


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=8))
def test_a_balance_promises_no_more_than_there_is_and_is_written_out_in_full(amount):
    shown = readable(amount)

    assert shown <= amount < shown + Decimal("0.01")
    assert Decimal(plain(amount)) == amount
    assert "E" not in plain(amount)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.27819000", "0.27819"), ("100.00000000", "100"), ("1E+3", "1000"), ("1E-8", "0.00000001")],
)
def test_amounts_are_written_plainly(amount, text):
    assert plain(Decimal(amount)) == text


def test_nothing_is_written_as_zero_without_a_sign():
    assert plain(Decimal("0.00000000")) == "0"
    assert plain(Decimal("-0.00000000")) == "0"


def test_what_does_not_fit_the_scale_is_refused_not_rounded():
    assert on_scale(Decimal("1.5"), RATE_STEP) == Decimal("1.50000")
    with pytest.raises(ValueError, match="scale"):
        on_scale(Decimal("0.000001"), RATE_STEP)
    with pytest.raises(ValueError, match="NaN"):
        on_scale(Decimal("NaN"), MONEY_STEP)


@pytest.mark.parametrize("field", [RateField(), MoneyField()])
def test_money_columns_refuse_floats(field):
    with pytest.raises(TypeError):
        field.get_db_prep_value(0.5, None)
    with pytest.raises(ValidationError):
        field.to_python(0.5)


@pytest.mark.django_db
def test_no_float_reaches_a_rate_in_the_database():
    with pytest.raises(TypeError, match="never float"):
        Service.objects.update(own_rate=0.5)
