"""Price lists."""

from decimal import Decimal

import pytest

from providers import models
from providers.wire import Document, SaysError, Unreadable, listing, read_services

ROW = {
    "service": 1,
    "name": "Views",
    "type": "Default",
    "category": "Video",
    "rate": "0.90",
    "min": "50",
    "max": "10000",
    "refill": True,
    "cancel": True,
}


def read(*rows):
    return read_services(Document(list(rows)))


def test_the_row_of_the_contract_is_read():
    (offer,), skipped = read(ROW)
    assert skipped == []
    assert (offer.upstream_id, offer.name, offer.type, offer.category) == (
        "1",
        "Views",
        "Default",
        "Video",
    )
    assert (offer.cost, offer.min, offer.max) == (Decimal("0.90"), 50, 10_000)
    assert (offer.refill, offer.cancel, offer.dripfeed) == (True, True, False)


def test_ids_and_figures_may_be_texts_or_numbers_and_flags_anything():
    row = {
        **ROW,
        "service": "A/7 b",
        "rate": Decimal("0.9"),
        "min": 50,
        "max": 10_000,
        "refill": "0",
        "cancel": 1,
        "dripfeed": "true",
        "category": None,
        "desc": "Slow",
    }
    (offer,), _ = read(row)
    assert (offer.upstream_id, offer.cost, offer.category) == ("A/7 b", Decimal("0.9"), "")
    assert (offer.refill, offer.cancel, offer.dripfeed) == (False, True, True)
    assert offer.description == "Slow"


def test_a_category_may_be_a_number_and_a_type_unknown():
    (offer,), _ = read({**ROW, "category": 7, "type": "Brand new "})
    assert (offer.category, offer.type) == ("7", "Brand new")


@pytest.mark.parametrize(
    "broken",
    [
        *({"rate": "free"}, {"rate": "0"}, {"rate": "-1"}, {"rate": None}, {"rate": "1e9"}),
        *({"rate": "NaN"}, {"rate": "99999999999"}, {"rate": "1,5"}),
        *({"min": "100", "max": "10"}, {"min": "0"}, {"max": "1000000000000"}, {"min": "ten"}),
        *({"max": None}, {"name": ""}, {"name": None}),
        *({"service": None}, {"service": ""}, {"service": [1]}, {"service": "x" * 65}),
    ],
)
def test_d2_d3_a_row_that_cannot_be_sold_is_skipped_with_its_reason(broken):
    offers, skipped = read({**ROW, **broken}, {**ROW, "service": 2})
    assert [offer.upstream_id for offer in offers] == ["2"]
    assert skipped[0].row_index == 0
    assert skipped[0].reason


@pytest.mark.parametrize("row", [None, "service", 5, [], {}])
def test_a_row_that_is_no_object_is_skipped(row):
    offers, skipped = read(row, ROW)
    assert (len(offers), len(skipped)) == (1, 1)


def test_d7_of_two_rows_with_one_id_the_last_wins_and_the_first_is_reported():
    offers, skipped = read(ROW, {**ROW, "service": "1", "rate": "2"})
    assert [offer.cost for offer in offers] == [Decimal(2)]
    assert [(one.row_index, one.upstream_id) for one in skipped] == [(0, "1")]


@pytest.mark.parametrize(
    "value",
    [
        {"status": True, "data": [ROW]},
        {"services": [ROW]},
        {"1": ROW},
        {"status": "success", "data": {"1": ROW}},
    ],
)
def test_a_wrapped_list_is_unwrapped(value):
    assert len(read_services(Document(value))[0]) == 1


@pytest.mark.parametrize("value", [[], {"status": "success", "data": "Empty Data"}])
def test_d1_an_empty_list_is_empty_and_left_to_the_trade(value):
    assert read_services(Document(value)) == ([], [])


@pytest.mark.parametrize(
    "value", [{"error": "Invalid API key"}, {"status": "fail", "msg": "x"}, [{"error": "x"}]]
)
def test_d1_an_error_is_not_a_list(value):
    with pytest.raises(SaysError):
        read_services(Document(value))


@pytest.mark.parametrize("value", [None, "text", 5, {}, {"a": 1}, {"data": 5}])
def test_d1_another_shape_is_not_a_list(value):
    with pytest.raises(Unreadable):
        read_services(Document(value))


def test_d5_markup_is_kept_raw_and_everything_is_cut_to_its_column():
    (offer,), _ = read(
        {
            **ROW,
            "name": "<b>x</b>" + "y" * 1_000,
            "category": "c" * 1_000,
            "type": "t" * 1_000,
            "description": "d" * 99_999,
        }
    )
    assert offer.name.startswith("<b>x</b>")
    assert len(offer.name) == models.NAME_MAX == listing.NAME_MAX
    assert len(offer.category) == models.CATEGORY_MAX == listing.CATEGORY_MAX
    assert len(offer.type) == models.TYPE_MAX == listing.TYPE_MAX
    assert len(offer.description) == listing.DESCRIPTION_MAX


def test_a_cost_fits_its_column_and_is_rounded_up():
    (offer,), _ = read({**ROW, "rate": "0.00000000001"})
    assert offer.cost == Decimal("0.0000000001")
