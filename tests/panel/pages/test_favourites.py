"""Stars and bells on services, and what they change; orders as a file."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import CatalogueChange
from panel.dashboard import favourites as page
from panel.models import Favourite, Follow
from tests import make
from tests.panel.pages.test_orders import at_provider

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def choose(client, name, service, *, on="1", **kwargs):
    return client.post(reverse(name, args=[service.pk]), {"on": on}, **kwargs)


def changed(service, kind="rate_up", old="1", new="2"):
    return CatalogueChange.objects.create(
        service=service, kind=kind, old=old, new=new, at=timezone.now()
    )


def test_favourites_come_first_when_ordering(as_ann, ann):
    make.service(listed_name="Ordinary")
    chosen = make.service(listed_name="Beloved")
    choose(as_ann, "favourite", chosen)

    page_shown = as_ann.get("/dashboard/")

    text = page_shown.content.decode()
    assert [line.service for line in page_shown.context["favourites"]] == [chosen]
    assert text.index("Favourites") < text.index("Beloved") < text.index("Ordinary")


def test_a_search_shows_what_was_searched_for_and_nothing_above_it(as_ann, ann):
    choose(as_ann, "favourite", make.service(listed_name="Beloved"))
    make.service(listed_name="Ordinary")

    text = as_ann.get("/dashboard/choices/", {"q": "ordinary"}, headers=HTMX).content.decode()

    assert "Beloved" not in text


def test_a_favourite_that_is_no_longer_for_sale_is_not_offered(as_ann, ann):
    chosen = make.service(is_active=False)
    choose(as_ann, "favourite", chosen)

    assert as_ann.get("/dashboard/").context["favourites"] == []


def test_favourites_are_shown_at_the_readers_own_rate(as_ann, ann):
    chosen = make.service(rate="2")
    ann.own_rates.create(service=chosen, rate=Decimal("1.5"))
    choose(as_ann, "favourite", chosen)

    assert as_ann.get("/dashboard/").context["favourites"][0].rate == Decimal("1.5")


@pytest.mark.parametrize(("name", "model"), [("favourite", Favourite), ("follow", Follow)])
def test_a_mark_is_set_once_and_taken_away(as_ann, ann, name, model):
    service = make.service()
    choose(as_ann, name, service)
    choose(as_ann, name, service)
    assert model.objects.get().customer == ann

    choose(as_ann, name, service, on="0")
    assert not model.objects.exists()


def test_htmx_gets_the_marks_alone(as_ann, ann):
    answer = choose(as_ann, "favourite", make.service(), headers=HTMX)

    text = answer.content.decode()
    assert "<html" not in text
    assert 'aria-pressed="true"' in text


def test_without_htmx_a_mark_leads_back_only_to_pages_of_ours(as_ann, ann):
    service = make.service()
    path = reverse("follow", args=[service.pk])

    back = as_ann.post(path, {"on": "1", "next": "/dashboard/updates/"})
    away = as_ann.post(path, {"on": "1", "next": "https://evil.example/"})

    assert back["Location"] == "/dashboard/updates/"
    assert away["Location"] == f"/services/{service.pk}/"


def test_a_customer_marks_a_limited_number_of_services(as_ann, ann, monkeypatch):
    monkeypatch.setattr(page, "CHOSEN_MAX", 1)
    for _ in range(2):
        choose(as_ann, "favourite", make.service())

    assert Favourite.objects.count() == 1


def test_s1_marks_are_ones_own(as_ann, as_bob, ann):
    service = make.service()
    choose(as_ann, "favourite", service)
    choose(as_bob, "favourite", service, on="0")

    assert Favourite.objects.filter(customer=ann).count() == 1
    assert "favourites" not in as_bob.get("/dashboard/").context


def test_updates_can_be_those_of_followed_services_alone(as_ann, ann):
    followed, other = make.service(listed_name="Followed"), make.service(listed_name="Other")
    changed(followed)
    changed(other)
    choose(as_ann, "follow", followed)

    text = as_ann.get("/dashboard/updates/?followed=1").content.decode()

    assert "Followed" in text
    assert "Other" not in text
    assert "Other" in as_ann.get("/dashboard/updates/").content.decode()


def test_who_follows_nothing_is_told_how_to(as_ann, ann):
    changed(make.service())

    text = as_ann.get("/dashboard/updates/?followed=1").content.decode()

    assert "Follow one on its page" in text


def exported(client, query=""):
    answer = client.get(f"/dashboard/orders.csv{query}")
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode())))


def test_the_file_holds_what_the_list_shows(as_ann, ann):
    service = make.service(offers=[make.offer(make.provider())])
    pending = make.placed(customer=ann, service=service, link="https://example.com/a")
    done = at_provider(make.placed(customer=ann, service=service), "completed")

    assert [row["Order"] for row in exported(as_ann)] == [str(done.pk), str(pending.pk)]
    (row,) = exported(as_ann, "?status=pending")
    assert row["Link"] == "https://example.com/a"
    assert (row["Charge"], row["Currency"], row["Status"]) == ("1.2", "USD", "Pending")
    assert [row["Order"] for row in exported(as_ann, f"?q={done.pk}")] == [str(done.pk)]


def test_a_file_of_many_orders_is_read_in_batches_without_a_gap(as_ann, ann, monkeypatch):
    monkeypatch.setattr("panel.spreadsheets.BATCH_ROWS", 4)
    service = make.service()
    ids = [make.placed(customer=ann, service=service, quantity="10").pk for _ in range(9)]

    assert [int(row["Order"]) for row in exported(as_ann)] == ids[::-1]


def test_s5_no_cell_of_the_file_is_a_formula(as_ann, ann):
    make.placed(customer=ann, service=make.service(listed_name="=1+1"), link="@SUM(A1)")

    (row,) = exported(as_ann)

    assert row["Name"] == "'=1+1"
    assert row["Link"] == "'@SUM(A1)"


def test_s1_the_file_holds_ones_own_orders(as_bob, ann):
    make.placed(customer=ann)

    assert exported(as_bob) == []
