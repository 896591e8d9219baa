"""``services``: the caller's own prices, made once for each edition (API_V2 §1, §4.8)."""

import gzip
import json
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import price_list, pricing
from orders.models import Category, Customer, CustomerRate, Service, Source
from panel.api.v2 import listing
from providers.models import Offer, Provider
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def fetch(client, key):
    def post(**headers):
        return client.post("/api/v2", {"key": key, "action": "services"}, headers=headers)

    return post


def test_a_service_is_listed_as_the_contract_says(ask):
    heading = make.category(name="Traffic")
    service = make.service(
        listed_name="Visits “fast”",
        category=heading,
        rate="0.9",
        listed_min=50,
        listed_max=10_000,
        listed_refill=True,
        listed_cancel=True,
    )

    assert ask("services") == [
        {
            "service": service.pk,
            "name": "Visits “fast”",
            "type": "Default",
            "category": "Traffic",
            "rate": "0.90",
            "min": "50",
            "max": "10000",
            "dripfeed": False,
            "refill": True,
            "cancel": True,
        }
    ]


def test_an_empty_catalogue_is_an_empty_list(ask):
    assert ask("services") == []


def test_what_staff_wrote_stands_before_what_the_provider_lists(ask):
    make.service(own_name="Ours", own_min=7, own_rate=Decimal("3.14159"), own_refill=True)

    (row,) = ask("services")
    assert (row["name"], row["min"], row["rate"], row["refill"]) == ("Ours", "7", "3.14159", True)


def test_only_what_can_be_ordered_is_listed(ask):
    provider = make.provider()
    good = [make.service(), make.service(offers=[make.offer(provider)])]
    make.service(is_active=False)
    make.service(unavailable="gone")
    make.service(category=make.category(is_active=False))
    make.service(offers=[make.offer(provider, is_gone=True)])
    make.service(offers=[make.offer(make.provider(is_active=False))])
    off = make.service(offers=[make.offer(provider)])
    Source.objects.filter(service=off).update(is_active=False)

    assert [row["service"] for row in ask("services")] == [service.pk for service in good]


def test_services_stand_in_the_order_that_staff_gave_them(ask):
    second, first = make.category(position=2), make.category(position=1)
    c = make.service(category=second)
    b = make.service(category=first, position=2)
    a = make.service(category=first, position=1)

    assert [row["service"] for row in ask("services")] == [a.pk, b.pk, c.pk]


def test_a_discount_and_an_own_rate_show_in_the_callers_list_alone(ask, buyer):
    other = make.customer()
    first, second = make.service(rate="10"), make.service(rate="10")
    Customer.objects.filter(pk=buyer.pk).update(discount=Decimal("12.5"))
    CustomerRate.objects.create(customer=buyer, service=second, rate=Decimal(7))

    assert [row["rate"] for row in ask("services")] == ["8.75", "7.00"]
    theirs = json.loads(price_list.as_json(price_list.edition_for(other.pk)))
    assert [row["rate"] for row in theirs] == ["10.00", "10.00"]
    assert {row["service"] for row in theirs} == {first.pk, second.pk}


def test_a_changed_own_rate_shows_at_once(ask, buyer):
    own = CustomerRate.objects.create(customer=buyer, service=make.service(), rate=Decimal(7))
    assert [row["rate"] for row in ask("services")] == ["7.00"]

    CustomerRate.objects.filter(pk=own.pk).update(rate=Decimal(6))
    assert [row["rate"] for row in ask("services")] == ["6.00"]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rate=st.decimals("0.00001", 99_999, places=5), discount=st.decimals(0, "99.999", places=3))
def test_the_listed_rate_is_the_rate_that_is_charged(buyer, rate, discount):
    Service.objects.all().delete()
    make.service(rate=str(rate))
    Customer.objects.filter(pk=buyer.pk).update(discount=discount)

    (row,) = json.loads(price_list.as_json(price_list.edition_for(buyer.pk)))
    assert Decimal(row["rate"]) == pricing.customer_rate(rate, discount=discount, own=None)
    assert "e" not in row["rate"].lower()


CHANGES = {
    "rate": lambda buyer: Service.objects.update(listed_rate=Decimal(2)),
    "category": lambda buyer: Category.objects.update(name="Another"),
    "own rate": lambda buyer: CustomerRate.objects.create(
        customer=buyer, service=Service.objects.get(), rate=Decimal(1)
    ),
    "offer gone": lambda buyer: Offer.objects.update(is_gone=True),
    "provider off": lambda buyer: Provider.objects.update(is_active=False),
    "source off": lambda buyer: Source.objects.update(is_active=False),
    "source removed": lambda buyer: Source.objects.all().delete(),
    "discount": lambda buyer: Customer.objects.filter(pk=buyer.pk).update(discount=Decimal(10)),
    "new service": lambda buyer: make.service(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_changes_the_list_shows_at_once(fetch, buyer, name):
    make.service(offers=[make.offer(make.provider())])
    before = fetch()

    CHANGES[name](buyer)

    after = fetch()
    # Without any source the service is one that staff deliver: the same line of another edition.
    assert after.content != before.content or name == "source removed"
    assert after["ETag"] != before["ETag"]
    assert fetch(if_none_match=before["ETag"]).status_code == 200


def test_what_does_not_change_the_list_keeps_its_edition(fetch, buyer):
    provider = make.provider()
    service = make.service(offers=[make.offer(provider)])
    before = fetch()

    make.top_up(buyer, "5")
    make.placed(customer=buyer, service=service)
    provider.name = "Renamed"
    provider.save()

    assert fetch(if_none_match=before["ETag"]).status_code == 304


def test_a_client_that_has_the_list_gets_304_and_no_body(fetch):
    make.service()
    tag = fetch()["ETag"]

    for sent in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        reply = fetch(if_none_match=sent)
        assert (reply.status_code, reply.content) == (304, b"")
        assert reply["ETag"] == tag
    assert fetch(if_none_match='"x"').status_code == 200


def test_the_list_is_compressed_for_those_who_ask(fetch):
    make.service()
    plain, packed = fetch(), fetch(accept_encoding="gzip, deflate")

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Content-Encoding" not in plain
    assert plain["Content-Type"] == packed["Content-Type"] == "application/json"
    assert "Accept-Encoding" in plain["Vary"]


def test_old_editions_are_forgotten():
    service = make.service()
    for position in range(150):
        Service.objects.filter(pk=service.pk).update(position=position)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_catalogueedition")
        assert cursor.fetchone()[0] <= 101


def test_ten_thousand_services_are_made_once_for_all(fetch):
    heading = make.category()
    Service.objects.bulk_create(
        Service(
            category=heading,
            type="Default",
            listed_name=f"Service {n}",
            listed_min=10,
            listed_max=1000,
            listed_rate=Decimal("1.23"),
            is_active=True,
        )
        for n in range(10_000)
    )
    listing._bodies.cache_clear()
    first = fetch()
    assert len(first.json()) == 10_000

    for _ in range(20):
        assert fetch().content == first.content
    assert listing._bodies.cache_info().misses == 1
