"""Single values, read strictly."""

from decimal import ROUND_CEILING, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.wire import (
    flag,
    is_absent,
    strict_decimal,
    strict_integer,
    strict_text,
    upstream_id,
)

NOT_WHOLE: list[Any] = [
    *(
        "12.7",
        "1e3",
        "NaN",
        "1,000",
        "",
        " ",
        "-1",
        "+1",
        "٣٤",
        "１００",
        "0x10",
        "1_000",
        "9" * 19,
    ),
    *(None, True, False, [], {}, -1, 10**18, Decimal("1.0"), Decimal("NaN"), 1.0),
]


@pytest.mark.parametrize("value", NOT_WHOLE)
def test_c7_what_is_not_plainly_a_whole_number_is_none(value):
    assert strict_integer(value) is None


@pytest.mark.parametrize(("value", "number"), [("157", 157), (157, 157), (" 0\n", 0), ("007", 7)])
def test_c7_plain_whole_numbers_are_read_from_text_and_number(value, number):
    assert strict_integer(value) == number


@pytest.mark.parametrize(
    "value",
    [
        *(
            "NaN",
            "Infinity",
            "-inf",
            "1e5",
            "0,90",
            "1,234.50",
            "free",
            "",
            "٣",
            "1_0",
            "--1",
            "1.",
        ),
        *(None, True, [], {}, 1.5, 10**12, Decimal("NaN"), Decimal("1E+20"), Decimal("1E-40")),
        "9" * 13,
    ],
)
def test_d2_what_is_not_plainly_a_decimal_is_none(value):
    assert strict_decimal(value) is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("0.90", "0.90"),
        ("0.27819", "0.27819"),
        (5, "5"),
        (Decimal("0.00001"), "0.00001"),
        ("-3.5", "-3.5"),
        ("-0", "0"),
        ("0.30000000000000004", "0.3"),
    ],
)
def test_plain_decimals_are_read_exactly_to_ten_places(value, number):
    assert strict_decimal(value) == Decimal(number)


def test_a_cost_with_more_places_is_rounded_up_never_down():
    assert strict_decimal("0.00000000001", rounding=ROUND_CEILING) == Decimal("0.0000000001")


@pytest.mark.parametrize(
    "value",
    [
        *(0, "0", "000", None, "", " ", False, True, -1, "-1", "--1", "-", "_", "1.0", [], {}),
        *(["1"], {"id": 1}, 10**200, "1" * 65, "null", "None", "false", "NaN", "a b", "٣", "1/2"),
        *("error", "success", Decimal(5), 5.0),
    ],
)
def test_b10_an_unusable_order_id_is_none(value):
    assert upstream_id(value) is None


@pytest.mark.parametrize(
    ("value", "text"), [(23501, "23501"), (" 23501 ", "23501"), ("A-17_b", "A-17_b"), (1, "1")]
)
def test_b10_a_positive_number_or_a_short_token_is_an_order_id(value, text):
    assert upstream_id(value) == text


@pytest.mark.parametrize("value", [True, 1, "1", "true", "YES", " on "])
def test_a_flag_is_set_by_the_usual_words(value):
    assert flag(value)


@pytest.mark.parametrize("value", [False, 0, "0", "false", "", None, 2, "no", [], {"a": 1}])
def test_anything_else_leaves_a_flag_unset(value):
    assert not flag(value)


@pytest.mark.parametrize("value", [None, "", " ", "undefined", "null", "None"])
def test_the_words_for_nothing_mean_absent(value):
    assert is_absent(value)


def test_a_text_is_always_fit_for_the_database():
    assert strict_text("a\0b\ud800", limit=10) == "ab?"
    assert strict_text(12, limit=10) == "12"
    assert strict_text("x" * 99, limit=10) == "x" * 10
    assert strict_text({"a": 1}, limit=10) == ""


ANYTHING = st.one_of(
    st.text(),
    st.integers(),
    st.booleans(),
    st.none(),
    st.decimals(),
    st.floats(),
    st.binary(),
    st.lists(st.integers()),
    st.from_regex(r"[-+]?[0-9٣_,.eE]{1,25}", fullmatch=True),
)


@given(ANYTHING)
def test_a8_no_reader_ever_raises_or_leaves_its_range(value):
    whole, number, one = strict_integer(value), strict_decimal(value), upstream_id(value)
    assert whole is None or 0 <= whole < 10**18
    assert number is None or abs(number) < 10**12
    assert one is None or (0 < len(one) <= 64 and one.isascii())
    strict_text(value, limit=20).encode()
    assert flag(value) in (True, False)
