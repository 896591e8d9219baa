"""The menu offers what a role may open, and knows where the reader is."""

from typing import Any

import pytest
from django.urls import resolve, reverse

from panel import urls
from panel.backoffice import menu
from panel.backoffice.rights import Right

LINES = [item for group in menu.GROUPS for item in group.items]
ADDRESSES = {str(pattern.name) for pattern in urls.backoffice}


@pytest.mark.parametrize("item", LINES, ids=lambda item: item.name)
def test_a_line_asks_for_the_right_that_its_page_asks_for(item):
    page: Any = resolve(reverse(item.name)).func

    assert page.right == item.right


@pytest.mark.parametrize("item", LINES, ids=lambda item: item.name)
def test_what_stands_below_a_line_are_pages_that_exist(item):
    for start in item.also:
        assert any(name.startswith(start) for name in ADDRESSES), start


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("staff_orders", "staff_orders"),
        ("staff_order", "staff_orders"),
        ("staff_payment", "staff_payments"),
        ("staff_bonus", "staff_bonuses"),
        ("staff_bulk", "staff_services"),
        ("staff_bulk_work", "staff_orders"),
        ("staff_imported", "staff_import"),
        ("staff_providers", "staff_providers"),
        ("nothing_of_ours", ""),
    ],
)
def test_a_page_belongs_to_the_line_that_names_it_best(address, line):
    assert menu.at(address) == line


def test_a_group_without_a_line_is_left_out():
    groups = list(menu.open_to(frozenset({Right.OVERVIEW})))

    assert [[item.name for item in group.items] for group in groups] == [["staff_overview"]]
