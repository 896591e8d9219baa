"""What every page must keep: strict policy, known icons, a constant number of queries."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from panel.dashboard.story import MONEY, TOLD
from panel.pager import PAGE_SIZE
from panel.templatetags.weir import BADGES
from tests import make

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
STATIC = settings.BASE_DIR / "static"
QUERIES_MAX = 12


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_inline_script_style_or_handler(path: Path):
    text = path.read_text()

    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style\b|\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert "javascript:" not in text


def test_every_icon_that_is_used_is_in_the_sprite():
    known = set(
        re.findall(r'<symbol id="([^"]+)"', (STATIC / "vendor/tabler/icons.svg").read_text())
    )
    used = {sign for _colour, sign in BADGES.values()}
    used |= {sign for sign, _text in [*TOLD.values(), *MONEY.values()]}
    for path in TEMPLATES:
        used |= set(re.findall(r'(?:\{% icon |sign=)"([a-z0-9-]+)"', path.read_text()))

    assert used <= known


def test_vendored_files_ask_for_nothing_else():
    for path in (STATIC / "vendor").rglob("*.min.*"):
        text = path.read_text()
        assert "sourceMappingURL" not in text, path.name
        assert not re.search(r"@import|url\(['\"]?https?:", text), path.name


@pytest.mark.django_db
def test_every_page_sends_the_strict_policy(as_ann):
    for name in ("home", "services", "new_order", "orders", "account_email"):
        policy = as_ann.get(reverse(name))["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["home", "services", "new_order", "orders", "mass", "statement", "updates", "keys", "funds"],
)
def test_a_page_asks_no_more_of_the_database_when_there_is_more(
    as_ann, ann, name, django_assert_max_num_queries
):
    def fill(rows):
        service = make.service()
        for _ in range(rows):
            make.service(category=service.category)
            make.placed(customer=ann, service=service, quantity=10)

    fill(2)
    with django_assert_max_num_queries(QUERIES_MAX) as few:
        as_ann.get(reverse(name))
    fill(PAGE_SIZE)
    with django_assert_max_num_queries(len(few.captured_queries)):
        as_ann.get(reverse(name))
