"""Services in the back-office: found, edited, sorted, switched, changed by the hundred."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from orders.models import CatalogueChange, Category, Service, Source
from panel.backoffice.services import listing
from panel.models import AuditEntry
from tests import make

pytestmark = pytest.mark.django_db


def post(client, address, *ids, **sent):
    return client.post(reverse(address, args=ids), sent, follow=True)


def form_of(client, service):
    """What a browser would send back without a change."""
    form = client.get(reverse("staff_service", args=[service.pk])).context["form"]
    values = {bound.name: bound.value() for bound in form}
    return {
        name: value for name, value in values.items() if value is not None and value is not False
    }


def save(client, service, **changes):
    return post(client, "staff_service", service.pk, **(form_of(client, service) | changes))


def found(client, **query):
    lines = client.get(reverse("staff_services"), query).context["lines"]
    return [line.service for line in lines]


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def preview(client, services, **sent):
    return client.post(reverse("staff_bulk"), {"service": [one.pk for one in services], **sent})


def apply(client, page, **changes):
    """Press the button of the preview."""
    action = f'action="{reverse("staff_bulk")}"'
    html = page.content.decode().partition(action)[2].partition("</form>")[0]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html))
    return client.post(reverse("staff_bulk"), fields | changes, follow=True)


@pytest.fixture
def provider(db):
    return make.provider(exchange_rate=Decimal("2"))


@pytest.fixture
def sold(provider):
    """Costs 1 in our money, sells for 1.2."""
    offer = make.offer(provider, name="Visits", cost=Decimal("0.5"))
    return make.service(
        rate="1.2", offers=[offer], listed_name="Visits", markup_percent=Decimal(20)
    )


def test_cost_and_margin_are_in_our_money(as_owner, sold):
    line = as_owner.get(reverse("staff_services")).context["lines"][0]

    assert (line.cost, line.margin) == (1, 20)


def test_a_service_whose_first_source_is_gone_costs_what_the_next_one_costs(as_owner, provider):
    gone = make.offer(provider, cost=Decimal("0.1"), is_gone=True)
    make.service(rate="4", offers=[gone, make.offer(provider, cost=Decimal(1))])

    line = as_owner.get(reverse("staff_services")).context["lines"][0]

    assert (line.cost, line.margin) == (2, 100)


def test_services_are_found_by_every_filter(as_owner, provider, sold):
    heading = make.category(name="Likes")
    other = make.service(
        type="Package", rate="9", category=heading, is_active=False, listed_name="Gold likes"
    )
    held = make.service(unavailable="gone", offers=[make.offer(make.provider())])

    assert found(as_owner, q="gold") == [other]
    assert found(as_owner, q="likes gold") == [other]
    assert found(as_owner, q=str(sold.pk)) == [sold]
    assert found(as_owner, category=heading.pk) == [other]
    assert found(as_owner, provider=provider.pk) == [sold]
    assert found(as_owner, type="Package") == [other]
    assert found(as_owner, status="off") == [other]
    assert found(as_owner, status="unavailable") == [held]
    assert found(as_owner, status="manual") == [other]


def test_a_margin_below_a_limit_is_found_and_a_manual_service_has_none(as_owner, sold):
    make.service()

    assert found(as_owner, margin="20") == []
    assert found(as_owner, margin="20,1") == [sold]
    assert len(found(as_owner, margin="nonsense")) == 2


def test_the_id_at_the_provider_finds_its_service(as_owner, provider):
    service = make.service(offers=[make.offer(provider, upstream_id="778899")])

    assert found(as_owner, q="778899") == [service]


def test_an_edit_is_kept_told_and_written_down(as_owner, sold):
    save(as_owner, sold, own_name="Views, fast", own_rate="2.5")

    sold.refresh_from_db()
    assert (sold.name, sold.rate) == ("Views, fast", Decimal("2.5"))
    change = CatalogueChange.objects.get()
    assert (change.kind, change.old, change.new) == ("rate_up", "1.2", "2.5")
    entry = AuditEntry.objects.get()
    assert entry.subject_id == sold.pk
    assert entry.old == {"own_name": "", "own_rate": None, "rate": "1.2"}
    assert entry.new == {"own_name": "Views, fast", "own_rate": "2.5", "rate": "2.5"}


def test_saving_nothing_new_leaves_no_line_anywhere(as_owner, sold):
    save(as_owner, sold)

    assert not AuditEntry.objects.exists()
    assert not CatalogueChange.objects.exists()


def test_a_markup_reprices_at_once(as_owner, sold):
    save(as_owner, sold, markup_percent="50")

    sold.refresh_from_db()
    assert sold.rate == Decimal("1.5")


def test_an_edit_writes_no_column_of_the_sync(as_owner, sold):
    before = Service.objects.values("listed_name", "listed_min", "listed_max").get()

    save(as_owner, sold, own_name="Ours", own_min="20", own_max="500")

    assert Service.objects.values("min", "max", "name").get() == {
        "min": 20, "max": 500, "name": "Ours",
    }  # fmt: skip
    after = Service.objects.values("listed_name", "listed_min", "listed_max").get()
    assert (after["listed_min"], after["listed_max"]) == (
        before["listed_min"], before["listed_max"],
    )  # fmt: skip


def test_limits_that_leave_nothing_are_refused_in_words(as_owner):
    service = make.service()

    answer = save(as_owner, service, own_min="500", own_max="20")

    assert "no quantity" in answer.content.decode()
    assert Service.objects.get().own_min is None
    assert not AuditEntry.objects.exists()


def test_a_rate_of_nothing_is_refused(as_owner, sold):
    answer = save(as_owner, sold, own_rate="0")

    assert "above 0" in answer.content.decode()
    assert Service.objects.get().own_rate is None


def test_a_switch_is_told_to_customers_and_leads_back_to_the_filtered_list(as_owner, sold):
    back = reverse("staff_services") + "?q=x"

    answer = as_owner.post(reverse("staff_switch", args=[sold.pk]), {"to": "off", "next": back})

    assert answer["Location"] == back
    assert not Service.objects.get().is_active
    assert CatalogueChange.objects.get().kind == "gone"


def test_nobody_is_led_to_another_host(as_owner, sold):
    sent = {"to": "on", "next": "https://evil.example/"}

    answer = as_owner.post(reverse("staff_switch", args=[sold.pk]), sent)

    assert answer["Location"] == reverse("staff_services")


def test_services_are_sorted_within_their_category(as_owner):
    heading = make.category()
    first, second, third = (make.service(category=heading) for _ in range(3))

    post(as_owner, "staff_move", third.pk, before=str(first.pk))
    upwards = found(as_owner)
    post(as_owner, "staff_move", third.pk, before="")

    assert upwards == [third, first, second]
    assert found(as_owner) == [first, second, third]
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"service.move"}


def test_a_service_is_not_moved_among_those_of_another_category(as_owner):
    one, other = make.service(), make.service()

    answer = post(as_owner, "staff_move", one.pk, before=str(other.pk))

    assert "within its category" in said(answer)
    assert not AuditEntry.objects.exists()


def test_the_last_of_a_page_is_moved_below_the_first_of_the_next(as_owner, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    heading = make.category()
    first, second, third, fourth = (make.service(category=heading) for _ in range(4))

    lines = as_owner.get(reverse("staff_services")).context["lines"]
    behind = as_owner.get(reverse("staff_services"), {"after": second.pk}).context["lines"]

    assert (lines[1].service, lines[1].below, lines[1].is_last) == (second, fourth.pk, False)
    assert (behind[0].service, behind[0].above, behind[0].opens_category) == (
        third,
        second.pk,
        False,
    )
    assert behind[1].is_last
    assert lines[0].above is None
    assert first == lines[0].service


def test_a_second_source_is_added_ranked_switched_and_removed(as_owner, provider, sold):
    cheap = make.offer(provider, cost=Decimal("0.2"))
    change = {"offer": str(cheap.pk)}

    post(as_owner, "staff_add_source", sold.pk, provider=provider.pk, upstream_id=cheap.upstream_id)
    post(as_owner, "staff_change_source", sold.pk, deed="up", **change)
    first = Source.objects.get(rank=1).offer
    repriced = Service.objects.get().rate
    post(as_owner, "staff_change_source", sold.pk, deed="switch", **change)
    switched = Source.objects.get(rank=1).is_active
    post(as_owner, "staff_change_source", sold.pk, deed="remove", **change)

    assert (first, repriced, switched) == (cheap, Decimal("0.48"), False)
    assert Source.objects.get().offer != cheap
    assert Service.objects.get().rate == Decimal("1.2")
    assert AuditEntry.objects.filter(action="service.sources").count() == 4


def test_the_last_source_is_not_taken_away(as_owner, sold):
    offer = Source.objects.get().offer

    answer = post(as_owner, "staff_change_source", sold.pk, deed="remove", offer=str(offer.pk))

    assert "at least one source" in said(answer)
    assert Source.objects.count() == 1


def test_an_offer_of_another_type_is_no_source(as_owner, provider, sold):
    offer = make.offer(provider, type="Package")

    answer = post(
        as_owner, "staff_add_source", sold.pk, provider=provider.pk, upstream_id=offer.upstream_id
    )

    assert "type" in str(answer.context["source_form"].errors)
    assert Source.objects.count() == 1


def test_a_markup_of_a_heading_reprices_what_is_below_it(as_owner, sold):
    Service.objects.update(markup_percent=None)
    sent = {"name": "Renamed", "is_active": "on", "markup_percent": "30"}

    post(as_owner, "staff_category", sold.category_id, **sent)

    sold.refresh_from_db()
    assert (sold.rate, Category.objects.get().name) == (Decimal("1.3"), "Renamed")
    assert AuditEntry.objects.get().new == {"name": "Renamed", "markup_percent": "30"}


def test_two_headings_do_not_share_a_name(as_owner, sold):
    make.category(name="Taken")

    answer = post(as_owner, "staff_category", sold.category_id, name="Taken", is_active="on")

    assert answer.context["form"].errors["name"]


def test_a_preview_shows_what_would_follow_and_changes_nothing(as_owner, sold):
    page = preview(as_owner, [sold], deed="rate", percent="-50")

    row = page.context["rows"][0]
    assert (row.edited.before["rate"], row.edited.after["rate"]) == (Decimal("1.2"), Decimal("0.6"))
    assert row.is_at_a_loss
    assert b"Its rate leaves too little" in page.content
    sold.refresh_from_db()
    assert (sold.rate, sold.own_rate, sold.unavailable) == (Decimal("1.2"), None, "")
    assert not AuditEntry.objects.exists()
    assert not CatalogueChange.objects.exists()


def test_rates_are_raised_by_percent_for_all_that_were_shown(as_owner, sold):
    manual = make.service(rate="0.00001")

    page = preview(as_owner, [sold, manual], deed="rate", percent="10")
    answer = apply(as_owner, page, reason="The provider raised its prices")

    rates = dict(Service.objects.values_list("pk", "rate"))
    assert rates == {sold.pk: Decimal("1.32"), manual.pk: Decimal("0.00002")}
    assert "2 services were changed" in said(answer)
    assert {entry.reason for entry in AuditEntry.objects.all()} == {
        "The provider raised its prices"
    }
    assert AuditEntry.objects.count() == 2


def test_what_moved_between_preview_and_press_is_shown_again_instead(as_owner, sold):
    page = preview(as_owner, [sold], deed="rate", percent="10")
    Service.objects.update(own_rate=Decimal(5))

    answer = apply(as_owner, page)

    assert "look again" in said(answer)
    assert Service.objects.get().own_rate == 5
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(("deed", "is_active"), [("on", True), ("off", False)])
def test_many_are_switched_at_once(as_owner, deed, is_active):
    both = [make.service(is_active=not is_active) for _ in range(2)]

    apply(as_owner, preview(as_owner, both, deed=deed))

    assert set(Service.objects.values_list("is_active", flat=True)) == {is_active}


def test_many_move_to_a_category(as_owner):
    both = [make.service() for _ in range(2)]
    target = make.category(name="Target & more")

    page = preview(as_owner, both, deed="category", category="Target & more")
    apply(as_owner, page, category="Target & more")

    assert set(Service.objects.values_list("category_id", flat=True)) == {target.pk}


def test_everything_that_matches_is_chosen_by_the_filters(as_owner):
    wanted = [make.service(listed_name=f"Gold {n}") for n in range(3)]
    make.service(listed_name="Silver")

    page = as_owner.post(
        reverse("staff_bulk"), {"everything": "1", "query": "q=gold", "deed": "off"}
    )
    apply(as_owner, page)

    assert set(Service.objects.filter(is_active=False)) == set(wanted)


@pytest.mark.parametrize(
    "sent",
    [
        {"deed": "markup", "percent": "", "service": "1"},
        {"deed": "rate", "percent": "-100", "service": "1"},
        {"deed": "category", "category": "", "service": "1"},
        {"deed": "category", "category": "Nowhere", "service": "1"},
        {"deed": "nonsense", "service": "1"},
        {"deed": "on"},
        {"deed": "on", "service": "x"},
        {"deed": "on", "service": "999999"},
    ],
)
def test_a_bulk_change_that_makes_no_sense_is_refused_in_words(as_owner, sold, sent):
    answer = as_owner.post(reverse("staff_bulk"), sent, follow=True)

    assert said(answer)
    assert not AuditEntry.objects.exists()


def test_finance_sees_margins_and_edits_nothing(as_finance, sold):
    sent = form_of(as_finance, sold) | {"own_rate": "9"}

    as_finance.post(reverse("staff_service", args=[sold.pk]), sent)

    assert Service.objects.get().own_rate is None
    assert b"Switch off" not in as_finance.get(reverse("staff_services")).content


def test_the_list_asks_no_more_of_the_database_when_there_is_more(
    as_owner, provider, sold, django_assert_max_num_queries
):
    address = reverse("staff_services")
    with django_assert_max_num_queries(14) as few:
        as_owner.get(address)
    for _ in range(30):
        make.service(offers=[make.offer(provider), make.offer(provider)])
    with django_assert_max_num_queries(len(few)):
        as_owner.get(address)


def test_a_bulk_preview_asks_no_more_for_more_services(
    as_owner, provider, sold, django_assert_max_num_queries
):
    with django_assert_max_num_queries(32) as few:
        preview(as_owner, [sold], deed="markup", percent="5")
    more = [make.service(offers=[make.offer(provider)]) for _ in range(30)]
    with django_assert_max_num_queries(len(few)):
        preview(as_owner, more, deed="markup", percent="5")


def test_a_preview_that_is_reloaded_leads_back_to_the_list(as_owner):
    assert as_owner.get(reverse("staff_bulk"))["Location"] == reverse("staff_services")


def test_a_new_heading_stands_at_the_end_and_is_written_down(as_owner):
    make.category(name="First", position=7)
    form = {"name": "Podcasts", "markup_percent": "25", "is_active": "on"}

    as_owner.post(reverse("staff_new_category"), form)
    again = as_owner.post(reverse("staff_new_category"), form)

    made = Category.objects.get(name="Podcasts")
    assert (made.position, made.markup_percent, made.is_active) == (8, 25, True)
    assert again.status_code == 200
    assert again.context["form"].errors["name"]
    assert AuditEntry.objects.get(action="category.add").subject_id == made.pk
