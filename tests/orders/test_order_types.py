"""Every type of the protocol: what it asks for, how it is counted, what it is charged."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orders.money import product
from orders.order_types import ORDER_TYPES, InvalidInputs, Limits, find_type, read
from orders.order_types.fields import LINES_MAX
from orders.order_types.table import DELAYS_MINUTES

TODAY = date(2026, 3, 1)
RATE = Decimal("2.5")
LIMITS = Limits(1, 100_000, dripfeed=True)
LINK = {"link": "https://example.com/1"}
MANY = LINK | {"quantity": "1000"}
TWO, THREE = "one\r\ntwo", "one\ntwo\n\nthree"

# type, inputs, quantity, units, charge at a rate of 2.5
TYPES = [
    ("Default", MANY, 1000, 1000, "2.5"),
    ("Default", MANY | {"runs": "3", "interval": "60"}, 1000, 3000, "7.5"),
    ("Package", LINK, 1, 1000, "2.5"),
    ("SEO", MANY | {"keywords": TWO}, 1000, 1000, "2.5"),
    ("Custom Comments", LINK | {"comments": THREE}, 3, 3, "0.0075"),
    ("Mentions", MANY | {"usernames": TWO}, 1000, 1000, "2.5"),
    ("Mentions with Hashtags", MANY | {"usernames": TWO, "hashtags": "a"}, 1000, 1000, "2.5"),
    ("Mentions Custom List", LINK | {"usernames": TWO}, 2, 2, "0.005"),
    ("Mentions Hashtag", MANY | {"hashtag": "spring"}, 1000, 1000, "2.5"),
    ("Mentions User Followers", MANY | {"username": "https://example.com/u"}, 1000, 1000, "2.5"),
    ("Mentions Media Likers", MANY | {"media": "https://example.com/m"}, 1000, 1000, "2.5"),
    (
        "Subscriptions",
        {"username": "me", "min": "10", "max": "20", "posts": "5", "old_posts": "2", "delay": "0"},
        *(20, 140, "0.35"),
    ),
    ("Subscriptions", {"username": "me", "min": "10", "max": "20", "delay": "30"}, 20, 0, "0"),
    ("Custom Comments Package", LINK | {"comments": THREE}, 1, 1000, "2.5"),
    ("Poll", MANY | {"answer_number": "7"}, 1000, 1000, "2.5"),
    ("Invites from Groups", MANY | {"groups": TWO}, 1000, 1000, "2.5"),
    ("Comment Likes", MANY | {"username": "me"}, 1000, 1000, "2.5"),
    ("Comment Replies", LINK | {"username": "me", "comments": TWO}, 2, 2, "0.005"),
    (
        "Web Traffic",
        MANY | {"country": "DE", "device": "5", "type_of_traffic": "1", "google_keyword": "x"},
        *(1000, 1000, "2.5"),
    ),
    (
        "Web Traffic",
        MANY
        | {"country": "DE", "device": "1", "type_of_traffic": "3", "runs": "2", "interval": "5"},
        *(1000, 2000, "5"),
    ),
    ("Custom Data", MANY | {"custom_data": "anything"}, 1000, 1000, "2.5"),
]


def entered(name, inputs, limits=LIMITS):
    return read(ORDER_TYPES[name], inputs, limits=limits, today=TODAY)


def errors(name, inputs, limits=LIMITS):
    with pytest.raises(InvalidInputs) as refusal:
        entered(name, inputs, limits)
    return {error.field: error.code for error in refusal.value.errors}


def test_a12_every_type_of_the_protocol_is_in_the_table_of_this_test():
    assert len(ORDER_TYPES) == 18
    assert {name for name, *_rest in TYPES} == set(ORDER_TYPES)


@pytest.mark.parametrize(("name", "inputs", "quantity", "units", "charge"), TYPES)
def test_a12_each_type_is_counted_and_charged_by_its_own_rule(
    name, inputs, quantity, units, charge
):
    order = entered(name, inputs)

    assert (order.quantity, order.units) == (quantity, units)
    assert product(RATE, order.units) == Decimal(charge)


@pytest.mark.parametrize(("name", "inputs", "_quantity", "_units", "_charge"), TYPES)
def test_a_type_sends_what_was_entered_and_nothing_else(name, inputs, _quantity, _units, _charge):
    order = entered(name, inputs | {"key": "secret", "service": "1", "surprise": "x"})

    assert set(ORDER_TYPES[name].parameters(order.inputs)) == set(inputs)


@pytest.mark.parametrize(("name", "inputs", "_quantity", "_units", "_charge"), TYPES)
def test_a_type_names_every_required_input_that_is_missing(
    name, inputs, _quantity, _units, _charge
):
    required = {
        item.name for item in ORDER_TYPES[name].inputs if item.required and item.when is None
    }

    assert errors(name, {}) == dict.fromkeys(required, "missing")


@pytest.mark.parametrize("name", ORDER_TYPES)
@pytest.mark.parametrize("spell", [str.upper, str.lower, lambda s: s.replace(" ", "_") + " "])
def test_a_type_is_known_however_it_is_spelled(name, spell):
    assert find_type(spell(name)) is ORDER_TYPES[name]
    assert find_type(name.replace(" ", "-")) is ORDER_TYPES[name]


@pytest.mark.parametrize("text", ["", "Defaults", "Hologram", "12"])
def test_an_unknown_type_is_never_guessed(text):
    assert find_type(text) is None


NO_NUMBERS = ["0", "-1", "NaN", "1e9", "10.5", "٣٤", "１００", "9" * 41, "0x10", "1_000", "+5"]


@pytest.mark.parametrize("quantity", [*NO_NUMBERS, "10\0", "ten", "null", "undefined"])
def test_a8_what_is_no_quantity_is_refused_with_its_field(quantity):
    assert set(errors("Default", LINK | {"quantity": quantity})) == {"quantity"}


@given(quantity=st.text())
@example("5\n")
@example(" 7 ")
def test_a8_no_text_becomes_a_quantity_outside_the_limits(quantity):
    try:
        order = entered("Default", LINK | {"quantity": quantity}, Limits(5, 500))
    except InvalidInputs:
        return
    assert 5 <= order.quantity <= 500
    assert re.fullmatch(r"[0-9]{1,9}", quantity.strip())


@pytest.mark.parametrize(("quantity", "code"), [("9", "quantity_less"), ("101", "quantity_more")])
def test_a9_quantities_outside_the_limits_of_the_service_are_refused(quantity, code):
    assert errors("Default", LINK | {"quantity": quantity}, Limits(10, 100)) == {"quantity": code}


def test_a9_the_largest_quantity_has_an_exact_charge():
    wide = Limits(1, 10**18, dripfeed=True)
    order = entered("Default", LINK | {"quantity": "9" * 9, "runs": "1000", "interval": "1"}, wide)

    assert product(Decimal("9999999999.99999"), order.units) * 1000 == (
        Decimal("9999999999.99999") * order.units
    )


@given(lines=st.text(alphabet=st.sampled_from("ab \r\n\\\u2028\u2029\x85\u202e😀n"), max_size=60))
@example("one\\ntwo")
@example("\u2028\n\u2028")
def test_a10_as_many_lines_are_sent_as_are_charged(lines):
    try:
        order = entered("Custom Comments", LINK | {"comments": lines})
    except InvalidInputs:
        return
    sent = order.inputs["comments"]
    # As a provider counts: by line breaks alone, blank lines for nothing.
    counted = [line for line in re.split(r"\r\n|\r|\n", sent) if line.strip()]
    assert len(counted) == order.quantity == order.units
    assert not any(re.search(r"\\n", line) for line in counted)


def test_a10_blank_lines_cost_nothing_and_are_not_sent():
    order = entered("Custom Comments", LINK | {"comments": "\r\n  one \r\n\r\n\ttwo\n\n"})

    assert (order.inputs["comments"], order.quantity) == ("one\ntwo", 2)


def test_a10_separators_that_no_provider_knows_do_not_make_lines():
    order = entered("Custom Comments", LINK | {"comments": "one\u2028still one\x85still"})

    assert order.quantity == 1


@pytest.mark.parametrize(
    ("comments", "code"),
    [
        ("one\0two", "text"),
        ("\ud800", "text"),
        ("x" * 1_000_001, "text"),
        ("a\n" * (LINES_MAX + 1), "lines"),
        ("\n \n", "missing"),
    ],
)
def test_a10_lines_that_cannot_be_sent_are_refused(comments, code):
    assert errors("Custom Comments", LINK | {"comments": comments}) == {"comments": code}


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "a\nb", "x" * 2_001])
def test_texts_that_cannot_be_sent_are_refused(text):
    assert errors("Poll", MANY | {"answer_number": text}) == {"answer_number": "text"}
    assert errors("Package", {"link": "https://example.com/" + text}) == {"link": "link"}


@given(quantity=st.integers(1, 1000), runs=st.integers(2, 1000), interval=st.integers(1, 100_000))
def test_a11_drip_feed_is_charged_for_all_its_runs(quantity, runs, interval):
    raw = {"quantity": str(quantity), "runs": str(runs), "interval": str(interval)}
    order = entered("Default", LINK | raw, Limits(1, 10**6, dripfeed=True))

    assert order.units == quantity * runs
    assert ORDER_TYPES["Default"].parameters(order.inputs) == LINK | raw


def test_a11_runs_and_interval_come_together_and_only_where_allowed():
    assert errors("Default", MANY | {"runs": "3"}) == {"interval": "drip_pair"}
    assert errors("Default", MANY | {"interval": "3"}) == {"runs": "drip_pair"}
    drip = MANY | {"runs": "3", "interval": "5"}
    assert errors("Default", drip, Limits(1, 100_000)) == {"runs": "drip_off"}
    assert errors("Default", drip, Limits(1, 2999, dripfeed=True)) == {"quantity": "quantity_more"}


@pytest.mark.parametrize("nothing", ["", "undefined", "null", "None", "0"])
def test_absent_drip_feed_is_no_drip_feed(nothing):
    order = entered("Default", MANY | {"runs": nothing, "interval": nothing})

    assert (order.runs, order.inputs) == (1, MANY)


@pytest.mark.parametrize("delay", DELAYS_MINUTES)
def test_a_subscription_takes_the_delays_of_the_protocol(delay):
    raw = {"username": "me", "min": "1", "max": "2", "posts": "1", "delay": str(delay)}

    assert entered("Subscriptions", raw).inputs["delay"] == str(delay)


def test_a_subscription_names_what_is_wrong_with_it():
    raw = {"username": "me", "min": "10", "max": "20", "delay": "0"}

    assert errors("Subscriptions", raw | {"delay": "7"}) == {"delay": "choice"}
    assert errors("Subscriptions", raw | {"expiry": "01/03/2026"}) == {"expiry": "date"}
    assert errors("Subscriptions", raw | {"expiry": "31/02/2027"}) == {"expiry": "date"}
    assert errors("Subscriptions", raw | {"max": "5"}) == {"max": "order"}
    assert entered("Subscriptions", raw | {"expiry": "2/3/2026"}).inputs["expiry"] == "02/03/2026"


def test_web_traffic_asks_for_what_its_kind_of_traffic_needs():
    raw = MANY | {"country": "DE", "device": "1"}

    assert errors("Web Traffic", raw | {"type_of_traffic": "1"}) == {"google_keyword": "missing"}
    assert errors("Web Traffic", raw | {"type_of_traffic": "2"}) == {"referring_url": "missing"}
    assert errors("Web Traffic", raw | {"type_of_traffic": "4"}) == {"type_of_traffic": "choice"}
    plain = entered("Web Traffic", raw | {"type_of_traffic": "3", "google_keyword": "x"})
    assert "google_keyword" not in plain.inputs


@pytest.mark.parametrize("name", ORDER_TYPES)
@given(raw=st.dictionaries(st.sampled_from(["link", "quantity", "posts", "runs"]), st.text()))
def test_a8_nothing_that_is_entered_breaks_the_reader(name, raw):
    try:
        order = entered(name, raw)
    except InvalidInputs:
        return
    assert type(order.units) is int
    assert order.units >= 0
