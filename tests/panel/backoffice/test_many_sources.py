"""Services are bought elsewhere by the hundred: found, looked at, then changed."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from orders import catalogue
from orders.models import ImportPlan, Service
from panel.models import AuditEntry
from providers.models import Offer
from tests import make
from tests.panel.backoffice.test_services import said

pytestmark = pytest.mark.django_db
ADDRESS = "/staff/services/sources/"


@pytest.fixture
def here(db):
    return make.provider(name="Here")


@pytest.fixture
def there(db):
    made = make.provider(name="There")
    ImportPlan.objects.create(provider=made, markup_percent=Decimal(50))
    return made


@pytest.fixture
def likes(here, there):
    """Two services bought here; the first has a twin there, at half the cost."""
    heading = make.category(name="Photo likes")
    names = ["Photo likes, real, 30 days refill", "Completely different thing"]
    made = []
    for name in names:
        offer = make.offer(here, name=name, category="Photo likes", cost=Decimal(2))
        made.append(make.service(rate="3", offers=[offer], category=heading, listed_name=name))
    make.offer(there, name="Photo Likes | Real | Refill 30 days", category="Photo", cost=Decimal(1))
    make.offer(there, name="Web visits from Asia", category="Traffic", cost=Decimal("0.1"))
    return made


def ask(client, services, **sent):
    return client.post(ADDRESS, {"ids": ",".join(str(one.pk) for one in services), **sent})


def apply(client, page, *, without=(), **changes):
    """Press the button of the preview, with some ticks taken off."""
    forms = page.content.decode().split("<form")
    html = next(form for form in forms if 'name="apply"' in form)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html))
    pairs = re.findall(r'name="pair" value="([^"]*)"', html)
    kept = [pair for pair in pairs if int(pair.partition(":")[0]) not in without]
    return client.post(ADDRESS, fields | {"pair": kept} | changes, follow=True)


def bought_at(service):
    rows = service.sources.order_by("rank")
    return list(rows.values_list("offer__provider__name", "is_active"))


def test_services_are_bought_at_another_provider_where_it_lists_the_like(
    as_owner, here, there, likes
):
    page = ask(as_owner, likes, change="replace", provider=here.pk, other=there.pk)

    (row,) = page.context["rows"]
    assert (row.service, page.context["left_out"]) == (likes[0], 1)
    assert row.match.offer.name == "Photo Likes | Real | Refill 30 days"
    assert row.costs == (Decimal(2), Decimal(1))
    assert row.edited.after["rate"] == Decimal("1.5"), "by the markup there"
    assert bought_at(likes[0]) == [("Here", True)], "only a preview"

    answer = apply(as_owner, page, reason="cheaper")

    assert "1 service was changed" in said(answer)
    assert bought_at(likes[0]) == [("There", True)]
    assert bought_at(likes[1]) == [("Here", True)]
    assert Service.objects.get(pk=likes[0].pk).rate == Decimal("1.5")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id) == ("service.sources", likes[0].pk)
    assert (entry.reason, entry.new["rate"]) == ("cheaper", "1.5")


def test_a_second_source_is_added_behind_the_first(as_owner, there, likes):
    page = ask(as_owner, likes, change="add", other=there.pk)
    apply(as_owner, page)

    assert bought_at(likes[0]) == [("Here", True), ("There", True)]
    again = ask(as_owner, likes, change="add", other=there.pk)
    assert again.context["rows"] == []


def test_the_sources_of_one_provider_are_switched_off_and_on(as_owner, here, there, likes):
    apply(as_owner, ask(as_owner, likes, change="add", other=there.pk))
    page = ask(as_owner, likes, change="off", provider=here.pk)
    assert [row.edited.after["unavailable"] for row in page.context["rows"]] == ["", "gone"]

    apply(as_owner, page)
    assert bought_at(likes[0]) == [("Here", False), ("There", True)]
    apply(as_owner, ask(as_owner, likes, change="on", provider=here.pk))

    assert bought_at(likes[0]) == [("Here", True), ("There", True)]


def test_a_line_whose_tick_is_taken_off_stays_as_it_is(as_owner, here, likes):
    page = ask(as_owner, likes, change="off", provider=here.pk)

    apply(as_owner, page, without=[likes[0].pk])

    assert [bought_at(one) for one in likes] == [[("Here", True)], [("Here", False)]]


def test_what_moved_between_preview_and_press_is_shown_again_instead(as_owner, here, there, likes):
    page = ask(as_owner, likes, change="replace", provider=here.pk, other=there.pk)
    catalogue.edit_services({likes[0].pk: {"own_rate": Decimal(9)}}, now=make.NOW)

    answer = apply(as_owner, page)

    assert "look again" in said(answer)
    assert bought_at(likes[0]) == [("Here", True)]
    assert not AuditEntry.objects.exists()


def test_an_offer_of_another_type_or_one_that_is_gone_is_not_found(as_owner, here, there, likes):
    Offer.objects.filter(provider=there).update(type="Package")
    other = make.offer(there, name=likes[0].name, category="Photo likes", is_gone=True)

    page = ask(as_owner, likes, change="replace", provider=here.pk, other=there.pk)

    assert page.context["rows"] == []
    assert other.pk


def test_among_many_that_are_much_alike_the_twin_is_found(as_owner, there):
    heading = make.category(name="Web shop")
    for kind in ("reach", "readers", "visits"):
        for speed in ("Gradual", "Plus", "Premium", "Standard", "Starter"):
            for place in ("Asia", "Europe", "Worldwide"):
                name = f"Web shop {kind} · {place} · {speed}"
                make.offer(there, name=name, category="Web shop promotion")
    wanted = make.service(
        category=heading, listed_name="Readers for a web shop, worldwide, gradual"
    )

    page = ask(as_owner, [wanted], change="add", other=there.pk)

    (row,) = page.context["rows"]
    assert row.match.offer.name == "Web shop readers · Worldwide · Gradual"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"change": "replace"}, "provider"),
        ({"change": "replace"}, "other"),
        ({"change": "off"}, "provider"),
        ({"change": "add"}, "other"),
        ({"change": "nonsense"}, "change"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(as_owner, likes, sent, field):
    page = ask(as_owner, likes, **sent)

    assert field in page.context["form"].errors
    assert "rows" not in page.context


def test_nobody_changes_sources_without_having_chosen(as_owner):
    answer = as_owner.post(ADDRESS, {}, follow=True)

    assert "Choose up to 200 services" in said(answer)
    assert as_owner.get(ADDRESS)["Location"] == reverse("staff_services")
