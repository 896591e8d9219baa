"""What the lists of providers did overnight stands on the first page, each line with its way on."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import CatalogueSync, Service
from tests import make

pytestmark = pytest.mark.django_db
NEWS = "/staff/services/news/"


def reading(provider, outcome="applied", *, hours_ago=1, **counts):
    at = timezone.now() - timedelta(hours=hours_ago)
    return CatalogueSync.objects.create(provider=provider, outcome=outcome, at=at, counts=counts)


def told(client):
    return client.get(NEWS).content.decode()


def test_a_quiet_night_says_so(as_owner):
    reading(make.provider(), repriced=0, changed=3)
    reading(make.provider(), repriced=7, hours_ago=30)

    assert "No price moved" in told(as_owner)


def test_rates_that_followed_lead_to_their_costs(as_owner):
    sync = reading(make.provider(name="Far away"), repriced=312, services_unavailable=2)

    page = told(as_owner)

    assert reverse("staff_costs", args=[sync.pk]) in page
    assert "312 rates followed their costs, 2 services went off sale" in page
    assert "Far away" in page


def test_what_is_sold_below_its_cost_is_counted_and_listed(as_owner):
    offer = make.offer(make.provider(), cost=Decimal(2))
    loss = make.service(rate="1.5", offers=[offer])
    Service.objects.filter(pk=make.service(rate="1.5", offers=[offer]).pk).update(is_active=False)
    make.service(rate="2.5", offers=[offer])

    page = as_owner.get(NEWS)
    listed = as_owner.get(reverse("staff_services"), {"status": "on", "margin": "0"})

    assert page.context["at_a_loss"] == 1
    assert f"{reverse('staff_services')}?status=on&amp;margin=0" in page.content.decode()
    assert [line.service for line in listed.context["lines"]] == [loss]


def test_offers_that_wait_for_a_person_lead_to_their_provider(as_owner):
    provider = make.provider()
    for _ in range(2):
        make.offer(provider, held="cost_held")
    make.offer(make.provider(is_active=False), held="cost_held")

    page = as_owner.get(NEWS)

    assert [row["count"] for row in page.context["held"]] == [2]
    assert reverse("staff_provider", args=[provider.pk]) in page.content.decode()


def test_only_the_latest_list_of_a_provider_counts_as_refused(as_owner):
    mended, broken = make.provider(), make.provider()
    reading(mended, "refused")
    reading(mended, "applied")
    sync = reading(broken, "refused", hours_ago=80)

    page = as_owner.get(NEWS)

    assert page.context["not_taken"] == [sync]
    assert reverse("staff_sync", args=[sync.pk]) in page.content.decode()


def test_the_overview_asks_for_it_where_one_may_see_costs(as_owner, as_support):
    assert NEWS in as_owner.get("/staff/").content.decode()
    assert NEWS not in as_support.get("/staff/").content.decode()
    assert as_support.get(NEWS).status_code == 403
