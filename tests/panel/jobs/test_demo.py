"""`manage.py demo`: what a trial starts with, and that a second run changes nothing."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from orders.models import (
    BonusRule,
    Category,
    Customer,
    ImportPlan,
    LedgerEntry,
    Order,
    Payment,
    PaymentMethod,
    Service,
)
from panel.models import ApiKey, User
from providers.models import Offer, Provider
from providers.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = (
    ApiKey, BonusRule, Category, Customer, ImportPlan, LedgerEntry, Offer, Order, Payment,
    PaymentMethod, Provider, Service, User,
)  # fmt: skip


def demo(box, **options):
    said = call_command(
        "demo", sandbox_url=box.url, sandbox_key=box.key, stdout=io.StringIO(), **options
    )
    return json.loads(said)


def counts():
    return {table.__name__: table.objects.count() for table in TABLES}


def test_an_empty_panel_gets_all_that_a_trial_needs(box):
    answer = demo(box)

    assert counts()["Service"] == counts()["Offer"] == 60
    assert not Service.objects.exclude(is_active=True).exists()
    assert Customer.objects.get().balance == 250
    ways = PaymentMethod.objects.values_list("gateway", "is_active")
    assert list(ways) == [("demo", True), ("manual", True)]
    for who, is_staff in (("operator", True), ("customer", False)):
        user = User.objects.get(email=answer[who]["login"])
        assert user.check_password(answer[who]["password"])
        assert user.is_staff is is_staff


@pytest.mark.filterwarnings("ignore:task_always_eager has no effect")
def test_its_key_and_its_example_place_an_order_that_the_sandbox_takes(box, client):
    answer = demo(box)
    fields = {"key": answer["api_key"], "action": "add", **answer["order"]}

    placed = client.post("/api/v2", fields).json()
    call_command("work", rounds=1)

    assert placed == {"order": Order.objects.get().pk}
    assert len(box.orders()) == 1


def test_a_second_run_changes_nothing_and_answers_the_same(box):
    answer, before = demo(box), counts()
    service = Service.objects.exclude(pk=answer["order"]["service"]).earliest("pk")
    Service.objects.filter(pk=service.pk).update(own_name="Our own name", is_active=False)

    again = demo(box, logins=json.dumps(answer))

    assert again == answer
    assert counts() == before
    service.refresh_from_db()
    assert (service.own_name, service.is_active) == ("Our own name", False)
    assert Customer.objects.get().balance == 250


def test_logins_that_were_lost_are_made_anew_for_the_same_people(box):
    answer, before = demo(box), counts()

    again = demo(box)

    assert again["operator"]["password"] != answer["operator"]["password"]
    assert again["api_key"] != answer["api_key"]
    assert counts() == {**before, "ApiKey": 2}
    assert User.objects.get(email="operator@example.com").check_password(
        again["operator"]["password"]
    )


def test_the_sandbox_is_found_where_it_listens_this_time(box):
    demo(box)
    with Sandbox() as moved:
        demo(moved)

    assert Provider.objects.get().url == moved.url


def test_a_list_that_cannot_be_read_is_said_plainly(box):
    box.fault("http", {"status": 500}, action="services")

    with pytest.raises(CommandError, match="The sandbox's list was not taken"):
        demo(box)
