"""Every page, found in the address list: at phone and desk width, light and dark, both directions.

Nothing in the console, nothing against the policy, no scrolling sideways, no rule of WCAG 2.2 AA
broken; and the texts of the shop carry scripts that must never run (S3).
"""

import pytest
from django.conf import settings

from tests.browser.addresses import addresses, pages
from tests.browser.axe import violations
from tests.browser.shop import let_in
from tests.browser.stock import stocked

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
WITH_MORE = ((PHONE, "light"), (DESK, "dark"))  # where variants of a page are looked at, too
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PEOPLE = ("visitor", "customer", "staff")
PAGES_MIN = {"visitor": 12, "customer": 25, "staff": 10}
TOLD_MAX = 3  # of one page: the rest mostly repeats it
RIGHT_TO_LEFT = next(code for code, _ in settings.LANGUAGES if code in settings.LANGUAGES_BIDI)


@pytest.fixture
def stock(shop, settings):
    settings.DEMO_PAYMENTS = True
    return stocked(shop)


@pytest.fixture
def reader(stock, new_context, troubles, live_server):
    """Opens the panel as one of the people, with a layout; answers the page and its addresses."""

    def open_as(person, *, has_more=True, **layout):
        context = new_context(reduced_motion="reduce", **layout)
        troubles.watch(context)
        client = let_in(context, stock.users.get(person), live_server.url)
        paths = [page.path for page in pages(client, stock.known)]
        assert len(paths) >= PAGES_MIN[person]
        return context.new_page(), paths + (stock.more(person) if has_more else [])

    return open_as


def test_every_parameter_of_an_address_has_a_value_here(stock):
    """A new address with a parameter wants a value in `stock.known`, or nobody looks at it."""
    assert [one for one in addresses(stock.known) if not one.path] == []


def look_at(page, path):
    """What is wrong with the page at ``path``, each with the path."""
    page.goto(path)
    found = violations(page)
    told = found[:TOLD_MAX] + [f"and {len(found) - TOLD_MAX} more"] * (len(found) > TOLD_MAX)
    sideways = page.evaluate(OVERFLOW)
    if sideways > 0:
        told.append(f"scrolls {sideways} px sideways")
    return [f"{path} {one}" for one in told]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("person", PEOPLE)
def test_s3_every_page_is_sound(reader, person, size, theme):
    has_more = (size, theme) in WITH_MORE
    page, paths = reader(person, viewport=size, color_scheme=theme, has_more=has_more)

    wrong = [one for path in paths for one in look_at(page, path)]

    assert page.locator("html").get_attribute("data-bs-theme") == theme
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_is_sound_from_right_to_left(reader, person):
    page, paths = reader(person, viewport=PHONE, locale=RIGHT_TO_LEFT, has_more=False)

    wrong = [one for path in paths for one in look_at(page, path)]

    assert page.locator("html").get_attribute("dir") == "rtl"
    assert not wrong, "\n".join(wrong)
