"""What a visitor sees."""

import json
import shutil
import subprocess
import sys
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse

from orders.models import CatalogueChange
from orders.order_types import ORDER_TYPES
from panel import shelves
from panel.api.keys import issue_key
from panel.models import News, Page, Storefront
from panel.storefront.api_docs import examples
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def names(answer):
    return [line.service.name for line in answer.context["shelf"].lines]


def test_the_list_is_searched_by_every_word_and_by_id(client):
    likes = make.service(listed_name="Fast likes", category=make.category(name="Photos"))
    make.service(listed_name="Fast views", category=make.category(name="Videos"))

    assert names(client.get("/services/", {"q": "fast photo"})) == ["Fast likes"]
    assert names(client.get("/services/", {"q": "FAST"})) == ["Fast likes", "Fast views"]
    assert names(client.get("/services/", {"q": str(likes.pk)})) == ["Fast likes"]
    assert names(client.get("/services/", {"q": "100% \\ ' _ \0 x"})) == []


def test_what_is_not_for_sale_is_not_shown(client):
    off = make.service(listed_name="Off", is_active=False)
    make.service(listed_name="Gone", unavailable="gone")
    make.service(listed_name="Hidden", category=make.category(is_active=False))

    assert names(client.get("/services/")) == []
    assert client.get(f"/services/{off.pk}/").status_code == 404


def test_more_of_the_list_goes_on_where_it_ended(client):
    for position in range(3):
        category = make.category(position=3 - position)
        for _ in range(40):
            make.service(category=category)
    whole = list(shelves.for_sale().values_list("pk", flat=True))

    seen: list[int] = []
    query: dict[str, int] = {}
    while True:
        shelf = client.get("/services/", query, headers=HTMX).context["shelf"]
        seen += [line.service.pk for line in shelf.lines]
        if shelf.next is None:
            break
        query = {"after": shelf.next}

    assert seen == whole


def test_htmx_gets_only_the_part_that_changed(client):
    make.service()

    answer = client.get("/services/", {"q": "service"}, headers=HTMX)

    assert b"<html" not in answer.content
    assert b"<table" in answer.content


def test_a_customer_sees_their_own_rates_in_the_list(as_ann, ann, client):
    service = make.service(rate="2")
    ann.own_rates.create(service=service, rate=Decimal("1.5"))

    assert as_ann.get("/services/").context["shelf"].lines[0].rate == Decimal("1.5")
    assert client.get("/services/").context["shelf"].lines[0].rate == Decimal("2")


def test_the_brand_is_the_operators(client):
    cache.clear()
    Storefront.objects.create(pk=1, name="Northwind", headline="Be seen", currency="EUR")
    make.service(rate="2")

    page = client.get("/").content.decode()

    assert "Northwind" in page
    assert "Be seen" in page
    assert "€2.00" in page


def test_texts_are_the_operators_and_cannot_run(client):
    Page.objects.create(slug="about", title="About", body="<h2>Hi</h2><script>alert(1)</script>")
    Page.objects.create(slug="draft", title="Draft", body="x", is_published=False)
    Page.objects.update_or_create(slug="terms", defaults={"title": "Terms", "body": "Be kind."})
    News.objects.create(title="Open", body="Now & then <3")

    page = client.get("/pages/about/").content.decode()
    assert "<h2>Hi</h2>" in page
    assert "alert(1)" not in page
    assert client.get("/pages/draft/").status_code == 404
    assert "Now &amp; then &lt;3" in client.get("/news/").content.decode()
    assert "Be kind." in client.get("/pages/terms/").content.decode()


def test_the_service_page_tells_what_changed(client):
    service = make.service()
    CatalogueChange.objects.create(service=service, kind="rate_up", old="1.1", new="1.2", at=NOW)

    assert "1.1 → 1.2" in client.get(f"/services/{service.pk}/").content.decode()


def test_machines_find_what_they_ask_for(client):
    service = make.service()

    assert f"/services/{service.pk}/" in client.get("/sitemap.xml").content.decode()
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").content.decode()
    manifest = json.loads(client.get("/manifest.webmanifest").content)
    assert manifest["start_url"] == reverse("new_order")
    assert client.get("/favicon.svg")["Content-Type"] == "image/svg+xml"
    assert client.get("/logo").status_code == 404


def test_the_api_page_names_every_type_and_input(client):
    page = client.get("/api/").content.decode()

    for row in ORDER_TYPES.values():
        assert row.title in page
        for item in row.inputs:
            assert f"<code>{item.name}</code>" in page


RUNNERS = {
    "php": ["php"],
    "python": [sys.executable],
    "curl": ["sh"],
    "javascript": ["node", "--input-type=module", "-"],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", RUNNERS)
def test_each_example_runs_as_it_stands(live_server, language):
    command = RUNNERS[language]
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not on this machine")
    customer = make.customer(balance="10")
    service = make.service(rate="1.2")
    key = issue_key(customer.pk, name="examples").text
    address = f"{live_server.url}/api/v2"

    shown = examples(address, key=key, service_id=service.pk)
    text = next(e.text for e in shown if e.language == language)
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    order = customer.orders.get()
    assert str(order.pk) in done.stdout
    customer.refresh_from_db()
    assert customer.balance == Decimal("9.88")
