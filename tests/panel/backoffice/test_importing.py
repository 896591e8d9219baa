"""The import wizard: chosen, shown, made, taken back."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from orders.models import CatalogueImport, ImportPlan, Service
from panel.models import AuditEntry
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(db):
    made = make.provider(exchange_rate=Decimal(2))
    ImportPlan.objects.create(provider=made, markup_percent=Decimal(10))
    return made


@pytest.fixture
def offers(provider):
    """Two of one category and one of another; 1000 cost 1, 2 and 4 in our money."""
    return [
        make.offer(
            provider, upstream_id="a1", name="Likes", category="Social", cost=Decimal("0.5")
        ),
        make.offer(provider, upstream_id="a2", name="Views", category="Social", cost=Decimal(1)),
        make.offer(provider, upstream_id="b1", name="Visits", category="Traffic", cost=Decimal(2)),
    ]


def preview(client, provider, **sent):
    return client.post(reverse("staff_import_decide", args=[provider.pk]), sent, follow=True)


def press(client, provider, page):
    """The button of the preview."""
    action = f'action="{reverse("staff_import_decide", args=[provider.pk])}"'
    html = page.content.decode().partition(action)[2].partition("</form>")[0]
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html)
    sent: dict[str, list[str]] = {}
    for name, value in found:
        sent.setdefault(name, []).append(value)
    return client.post(reverse("staff_import_decide", args=[provider.pk]), sent, follow=True)


def rates():
    return dict(Service.objects.values_list("name", "rate"))


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def test_what_is_sold_already_gone_or_held_is_not_offered(as_owner, provider, offers):
    make.service(offers=[offers[0]])
    make.offer(provider, is_gone=True)
    make.offer(provider, held="cost_held", held_from={})

    page = as_owner.get(reverse("staff_import_from", args=[provider.pk]))

    assert [offer.upstream_id for offer, _cost in page.context["offers"]] == ["a2", "b1"]
    assert dict(page.context["by_category"]) == {"Social": 1, "Traffic": 1}


def test_the_list_is_searched_by_words_and_opened_by_category(as_owner, provider, offers):
    address = reverse("staff_import_from", args=[provider.pk])

    by_words = as_owner.get(address, {"q": "social views"}).context["offers"]
    by_category = as_owner.get(address, {"listed": "Traffic"}).context["offers"]

    assert [offer.upstream_id for offer, _cost in by_words] == ["a2"]
    assert [(offer.upstream_id, cost) for offer, cost in by_category] == [("b1", 4)]


def test_a_category_that_no_text_can_be_holds_nothing(as_owner, provider, offers):
    address = reverse("staff_import_from", args=[provider.pk])

    assert as_owner.get(address, {"listed": "Tra\0ffic"}).context["offers"] == []


def test_a_preview_makes_nothing(as_owner, provider, offers):
    page = preview(as_owner, provider, category="Social", service="b1", markup_percent="50")

    shown = [(row["new"].listing.rate, row["margin"]) for row in page.context["rows"]]
    assert shown == [(Decimal("1.5"), 50), (Decimal(3), 50), (Decimal(6), 50)]
    assert not Service.objects.exists()
    assert not AuditEntry.objects.exists()


def test_what_was_shown_is_made_and_written_down(as_owner, provider, offers):
    page = preview(as_owner, provider, category="Social", service="b1", markup_percent="50")

    press(as_owner, provider, page)

    assert rates() == {"Likes": Decimal("1.5"), "Views": Decimal(3), "Visits": Decimal(6)}
    assert set(Service.objects.values_list("is_active", flat=True)) == {False}
    made = CatalogueImport.objects.get()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.new["import"], entry.new["services"]) == (
        "import.apply",
        made.pk,
        3,
    )


def test_without_a_markup_that_of_the_plan_applies(as_owner, provider, offers):
    press(as_owner, provider, preview(as_owner, provider, service="a1", is_active="on"))

    assert rates() == {"Likes": Decimal("1.1")}
    assert Service.objects.get().is_active


def test_services_go_into_a_category_of_ours(as_owner, provider, offers):
    page = preview(as_owner, provider, category=["Social", "Traffic"], heading="Best sellers")

    press(as_owner, provider, page)

    assert set(Service.objects.values_list("category__name", flat=True)) == {"Best sellers"}


def test_a_list_that_moved_after_the_preview_is_shown_again(as_owner, provider, offers):
    page = preview(as_owner, provider, service="a1")
    offers[0].cost = Decimal(7)
    offers[0].save()

    answer = press(as_owner, provider, page)

    assert "look again" in said(answer)
    assert not Service.objects.exists()
    assert not CatalogueImport.objects.exists()
    assert not AuditEntry.objects.exists()


def test_nothing_is_made_twice_when_the_button_is_pressed_twice(as_owner, provider, offers):
    page = preview(as_owner, provider, service="a1")
    press(as_owner, provider, page)

    answer = press(as_owner, provider, page)

    assert "sold already" in said(answer)
    assert Service.objects.count() == 1


def test_an_empty_choice_is_refused_in_words(as_owner, provider, offers):
    assert "Nothing was chosen" in said(preview(as_owner, provider))


def test_an_import_is_taken_back_but_for_what_was_sold_or_edited(as_owner, provider, offers):
    page = preview(as_owner, provider, service=["a1", "a2", "b1"], markup_percent="50",
                   is_active="on")  # fmt: skip
    press(as_owner, provider, page)
    make.placed(service=Service.objects.get(listed_name="Views"))
    Service.objects.filter(listed_name="Visits").update(own_name="Ours")

    made = CatalogueImport.objects.get()
    answer = as_owner.post(reverse("staff_undo_import", args=[made.pk]), follow=True)

    assert set(rates()) == {"Views", "Ours"}
    assert "2 services" in said(answer)
    entry = AuditEntry.objects.get(action="import.undo")
    assert sorted(entry.new["kept"]) == sorted(Service.objects.values_list("pk", flat=True))
    offers[0].refresh_from_db()
    assert not offers[0].was_imported


def test_an_import_is_taken_back_once(as_owner, provider, offers):
    press(as_owner, provider, preview(as_owner, provider, service="a1"))
    address = reverse("staff_undo_import", args=[CatalogueImport.objects.get().pk])
    as_owner.post(address)

    answer = as_owner.post(address, follow=True)

    assert "undone already" in said(answer)
    assert AuditEntry.objects.filter(action="import.undo").count() == 1


def test_the_choice_asks_no_more_of_the_database_when_there_is_more(
    as_owner, provider, offers, django_assert_max_num_queries
):
    address = reverse("staff_import_from", args=[provider.pk])
    with django_assert_max_num_queries(15) as few:
        as_owner.get(address)
    for number in range(30):
        make.offer(provider, category=f"Category {number}")
    with django_assert_max_num_queries(len(few)):
        as_owner.get(address)
