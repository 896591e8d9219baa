"""Providers in the back-office, with a real one (the sandbox) behind them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import Attempt, CatalogueSync, ImportPlan, Service
from panel.models import AuditEntry
from providers.models import Offer, Provider
from providers.sandbox.harness import Sandbox
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def _box():
    with Sandbox(services=18) as box:
        yield box


@pytest.fixture
def box(_box):
    _box.clear()
    return _box


@pytest.fixture
def provider(box):
    return make.provider(url=box.url, api_key=box.key)


def post(client, address, *ids, **sent):
    return client.post(reverse(address, args=ids), sent, follow=True)


def form_of(client, name, *ids):
    """What a browser would send back without a change."""
    form = client.get(reverse(name, args=ids)).context["form"]
    values = {bound.name: bound.value() for bound in form}
    return {
        name: value for name, value in values.items() if value is not None and value is not False
    }


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def test_a_provider_is_added_and_its_key_is_nowhere_to_be_read(as_owner):
    sent = form_of(as_owner, "staff_new_provider") | {
        "name": "North",
        "url": "https://north.example/api/v2",
        "api_key": "canary-42",
        "currency": "usd",
    }

    page = as_owner.post(reverse("staff_new_provider"), sent, follow=True)

    made = Provider.objects.get(name="North")
    assert (made.api_key, made.currency, made.exchange_problem) == ("canary-42", "USD", "")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.new["api_key"]) == ("provider.add", "***")
    edit = as_owner.get(reverse("staff_edit_provider", args=[made.pk]))
    assert b"canary-42" not in page.content + edit.content


def test_a_new_provider_needs_a_key_and_an_address_of_the_web(as_owner):
    sent = form_of(as_owner, "staff_new_provider") | {"name": "North", "url": "ftp://north/"}

    answer = as_owner.post(reverse("staff_new_provider"), sent)

    assert {"api_key", "url"} <= set(answer.context["form"].errors)
    assert not Provider.objects.exists()


def test_saving_without_typing_a_key_keeps_the_one_that_is_stored(as_owner, provider, box):
    sent = form_of(as_owner, "staff_edit_provider", provider.pk) | {"timeout_s": "7"}

    post(as_owner, "staff_edit_provider", provider.pk, **sent)

    provider.refresh_from_db()
    assert (provider.timeout_s, provider.api_key) == (7, box.key)
    entry = AuditEntry.objects.get()
    assert (entry.old, entry.new) == ({"timeout_s": 30}, {"timeout_s": 7})


def test_b19_staff_say_after_how_many_hours_money_goes_back_and_it_is_recorded(as_owner, provider):
    sent = form_of(as_owner, "staff_edit_provider", provider.pk)

    for hours in ("12", ""):
        post(as_owner, "staff_edit_provider", provider.pk, **sent | {"give_up_after_h": hours})

    provider.refresh_from_db()
    assert provider.give_up_after_h is None
    told = AuditEntry.objects.order_by("pk").values_list("old", "new")
    hours = "give_up_after_h"
    assert list(told) == [({hours: None}, {hours: 12}), ({hours: 12}, {hours: None})]


@pytest.mark.parametrize("hours", ["0", "-1", "2161", "1.5", "x"])
def test_b19_hours_that_cannot_be_are_refused_beside_the_field(as_owner, provider, hours):
    sent = form_of(as_owner, "staff_edit_provider", provider.pk) | {"give_up_after_h": hours}

    answer = as_owner.post(reverse("staff_edit_provider", args=[provider.pk]), sent)

    assert "give_up_after_h" in answer.context["form"].errors


def test_saving_nothing_new_leaves_no_line_in_the_trail(as_owner, provider):
    post(as_owner, "staff_edit_provider", provider.pk,
         **form_of(as_owner, "staff_edit_provider", provider.pk))  # fmt: skip

    assert not AuditEntry.objects.exists()


def test_another_currency_forgets_the_rate_and_stops_the_sale(as_owner, provider):
    Provider.objects.update(exchange_rate="1.5", exchange_rate_at=make.NOW)
    service = make.service(offers=[make.offer(provider)])
    sent = form_of(as_owner, "staff_edit_provider", provider.pk) | {"currency": "INR"}

    post(as_owner, "staff_edit_provider", provider.pk, **sent)

    provider.refresh_from_db()
    service.refresh_from_db()
    assert (provider.exchange_rate, provider.exchange_rate_at) == (1, None)
    assert (provider.exchange_problem, service.unavailable) == ("no_rate", "exchange_rate")


def test_switching_a_provider_off_unlists_what_it_alone_supplies(as_owner, provider):
    service = make.service(offers=[make.offer(provider)])
    sent = form_of(as_owner, "staff_edit_provider", provider.pk)
    del sent["is_active"]

    post(as_owner, "staff_edit_provider", provider.pk, **sent)

    service.refresh_from_db()
    assert service.unavailable == "gone"


def test_the_connection_is_tried_and_the_balance_told(as_owner, provider):
    answer = post(as_owner, "staff_try_provider", provider.pk)

    provider.refresh_from_db()
    assert "It works" in said(answer)
    assert provider.balance is not None


def test_a_wrong_key_is_told_in_the_words_of_the_provider(as_owner, provider):
    Provider.objects.update(api_key="canary-42")

    answer = post(as_owner, "staff_try_provider", provider.pk)

    assert "It does not work" in said(answer)
    assert "canary-42" not in answer.content.decode()


def test_a_sync_at_the_press_of_a_button_shows_what_came_of_it(as_owner, provider):
    answer = post(as_owner, "staff_sync_now", provider.pk)

    sync = CatalogueSync.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("staff_sync", args=[sync.pk])
    assert Offer.objects.filter(provider=provider).count() == sync.listed
    assert AuditEntry.objects.get().action == "provider.sync"


def test_a_sync_is_undone_and_written_down(as_owner, provider):
    post(as_owner, "staff_sync_now", provider.pk)
    sync = CatalogueSync.objects.get()

    post(as_owner, "staff_undo_sync", sync.pk)

    sync.refresh_from_db()
    assert sync.outcome == "undone"
    assert not Offer.objects.filter(is_gone=False).exists()
    entry = AuditEntry.objects.get(action="sync.undo")
    assert (entry.old["outcome"], entry.new["outcome"]) == ("applied", "undone")


def test_undoing_twice_is_refused_in_words(as_owner, provider):
    post(as_owner, "staff_sync_now", provider.pk)
    sync = CatalogueSync.objects.get()
    post(as_owner, "staff_undo_sync", sync.pk)

    answer = post(as_owner, "staff_undo_sync", sync.pk)

    assert "nothing to undo" in said(answer)
    assert AuditEntry.objects.filter(action="sync.undo").count() == 1


def test_a_refused_list_is_shown_and_applied_when_staff_say_so(as_owner, provider, box):
    post(as_owner, "staff_sync_now", provider.pk)
    box.fault("json", [], action="services")
    post(as_owner, "staff_sync_now", provider.pk)
    refused = CatalogueSync.objects.get(outcome="refused")
    page = as_owner.get(reverse("staff_sync", args=[refused.pk]))

    post(as_owner, "staff_apply_anyway", refused.pk)

    assert b"Apply anyway" in page.content
    assert not Offer.objects.filter(is_gone=False).exists()
    assert AuditEntry.objects.filter(action="sync.apply_anyway").count() == 1


def test_a_pause_needs_a_reason_and_is_ended_by_hand(as_owner, provider):
    post(as_owner, "staff_pause", provider.pk, hours="6", reason="")
    unpaused = Provider.objects.get().paused_until
    post(as_owner, "staff_pause", provider.pk, hours="6", reason="Quarrel about quality")
    paused = Provider.objects.get()
    post(as_owner, "staff_resume", provider.pk)

    assert unpaused is None
    assert paused.paused_until is not None
    assert paused.paused_until > timezone.now() + timedelta(hours=5)
    assert Provider.objects.get().paused_until is None
    assert list(AuditEntry.objects.values_list("action", "reason")) == [
        ("provider.resume", ""),
        ("provider.pause", "Quarrel about quality"),
    ]


def test_an_exchange_rate_reprices_and_a_large_step_asks_first(as_owner, provider):
    Provider.objects.update(exchange_rate_at=make.NOW)
    ImportPlan.objects.create(provider=provider, markup_percent=Decimal(20))
    service = make.service(offers=[make.offer(provider, cost=Decimal("0.5"))])

    asked = post(as_owner, "staff_exchange_rate", provider.pk, rate="2")
    before = Provider.objects.get().exchange_rate
    post(as_owner, "staff_exchange_rate", provider.pk, rate="2", is_confirmed="on")

    assert "large step" in asked.content.decode()
    assert before == 1
    service.refresh_from_db()
    assert service.rate == Decimal("1.2")
    entry = AuditEntry.objects.get()
    assert (entry.old, entry.new) == ({"exchange_rate": "1"}, {"exchange_rate": "2"})


@pytest.mark.parametrize("rate", ["0", "-1", "nonsense", ""])
def test_what_is_no_exchange_rate_is_refused_beside_its_field(as_owner, provider, rate):
    answer = post(as_owner, "staff_exchange_rate", provider.pk, rate=rate)

    assert answer.context["rate_form"].errors["rate"]
    assert Provider.objects.get().exchange_rate == 1


def test_another_markup_of_the_plan_reprices_at_once(as_owner, provider):
    service = make.service(rate="9", offers=[make.offer(provider, cost=Decimal("0.5"))])
    sent = form_of(as_owner, "staff_plan", provider.pk) | {"markup_percent": "50"}

    post(as_owner, "staff_plan", provider.pk, **sent)

    service.refresh_from_db()
    assert service.rate == Decimal("0.75")
    assert AuditEntry.objects.get().new == {"markup_percent": "50"}


def test_a_plan_imports_the_chosen_categories(as_owner, provider):
    post(as_owner, "staff_sync_now", provider.pk)
    wanted = Offer.objects.order_by("category").values_list("category", flat=True)[0]
    sent = form_of(as_owner, "staff_plan", provider.pk)
    sent |= {"choice": "chosen", "categories": [wanted], "services": "", "markup_percent": "10"}

    post(as_owner, "staff_plan", provider.pk, **sent)
    post(as_owner, "staff_sync_now", provider.pk)

    imported = set(Service.objects.values_list("sources__offer__category", flat=True))
    assert imported == {wanted}


def test_a_held_offer_is_sold_again_once_staff_accept_it(as_owner, provider):
    kept = {"name": "Visits", "category": "Traffic", "type": "Default", "cost": "0.5"}
    offer = make.offer(provider, cost=Decimal(5), held="cost_held", held_from=kept)
    service = make.service(rate="0.5", offers=[offer])

    page = as_owner.get(reverse("staff_provider", args=[provider.pk]))
    post(as_owner, "staff_accept_held", provider.pk, offer=[str(offer.pk)])

    assert b"The cost jumped" in page.content
    offer.refresh_from_db()
    service.refresh_from_db()
    assert (offer.held, service.rate) == ("", Decimal(5))
    assert AuditEntry.objects.get().new["offers"] == [offer.pk]


def test_the_share_and_the_median_come_from_the_latest_calls(as_owner, provider):
    order = make.placed()
    for number, outcome in enumerate(["accepted", "accepted", "accepted", "refused"], start=1):
        Attempt.objects.create(
            order=order, provider=provider, outcome=outcome,
            elapsed_ms=100 * number, lease_until=make.NOW,
        )  # fmt: skip

    line = as_owner.get(reverse("staff_providers")).context["lines"][0]

    assert (line.figures.share, line.figures.median_ms) == (75, 250)


@pytest.mark.parametrize(
    ("columns", "health"),
    [
        ({}, "well"),
        ({"is_active": False}, "off"),
        ({"failures": 2}, "failing"),
        ({"exchange_problem": "no_rate"}, "exchange"),
        ({"balance": 1, "low_balance_alert": 5}, "low"),
        ({"circuit_open_until": timezone.now() + timedelta(days=9999)}, "down"),
        ({"paused_until": timezone.now() + timedelta(days=9999)}, "paused"),
    ],
)
def test_the_most_serious_trouble_is_named(as_owner, columns, health):
    make.provider(**columns)

    assert as_owner.get(reverse("staff_providers")).context["lines"][0].health == health


def test_finance_sees_providers_and_changes_nothing(as_finance, provider):
    page = as_finance.get(reverse("staff_provider", args=[provider.pk]))

    assert page.status_code == 200
    assert b"Set the rate" not in page.content
    refused = as_finance.post(reverse("staff_exchange_rate", args=[provider.pk]), {"rate": "9"})
    assert refused.status_code == 403
    assert Provider.objects.get().exchange_rate == 1


def test_the_list_asks_no_more_of_the_database_when_there_is_more(
    as_owner, provider, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12) as few:
        as_owner.get(reverse("staff_providers"))
    for _ in range(20):
        make.provider()
    with django_assert_max_num_queries(len(few)):
        as_owner.get(reverse("staff_providers"))


def test_a_page_of_a_provider_asks_no_more_when_it_has_more_syncs(
    as_owner, provider, django_assert_max_num_queries
):
    address = reverse("staff_provider", args=[provider.pk])
    post(as_owner, "staff_sync_now", provider.pk)
    with django_assert_max_num_queries(14) as few:
        as_owner.get(address)
    for _ in range(15):
        CatalogueSync.objects.create(provider=provider, at=make.NOW, outcome="applied")
    with django_assert_max_num_queries(len(few)):
        as_owner.get(address)


def test_a_rate_is_written_without_an_exponent(as_owner, provider):
    Provider.objects.update(exchange_rate=100)

    form = as_owner.get(reverse("staff_provider", args=[provider.pk])).context["rate_form"]

    assert form["rate"].value() == "100"
