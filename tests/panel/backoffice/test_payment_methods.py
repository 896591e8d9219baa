"""The ways to pay in: set up by staff, with keys that nobody reads again."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from orders.models import PaymentMethod
from panel.models import AuditEntry
from tests.gateways.standins import stripe as standin
from tests.gateways.worlds import opened as opened_world
from tests.panel.paying import pay

pytestmark = pytest.mark.django_db

TERMS = {
    "title": "Card",
    "currency": "eur",
    "exchange_rate": "1.08",
    "min_amount": "5",
    "max_amount": "500",
    "fee_percent": "2.9",
    "fee_fixed": "0.3",
    "fee_borne_by": "customer",
    "countries": "de, FR",
    "groups": "friends, resellers",
    "instructions": "",
    "is_active": "on",
}
KEYS = {"key_secret_key": standin.KEY, "key_webhook_secret": standin.WEBHOOK_SECRET}


@pytest.fixture(autouse=True)
def _in_a_trial(settings):
    settings.DEMO_PAYMENTS = True


def add(client, gateway="stripe", **changes):
    form = TERMS | (KEYS if gateway == "stripe" else {}) | changes
    return client.post(reverse("staff_new_method", args=[gateway]), form)


def errors(answer):
    return set(answer.context["form"].errors)


def test_a_method_is_added_with_its_terms_and_keys(as_owner):
    answer = add(as_owner)

    method = PaymentMethod.objects.get()
    assert answer["Location"] == reverse("staff_method", args=[method.pk])
    assert (method.gateway, method.currency) == ("stripe", "EUR")
    assert (method.exchange_rate, method.fee_percent) == (Decimal("1.08"), Decimal("2.9"))
    assert (method.countries, method.groups) == (["DE", "FR"], ["friends", "resellers"])
    assert json.loads(method.credentials)["secret_key"] == standin.KEY


def test_g12_keys_are_on_no_page_and_in_no_trail(as_owner):
    add(as_owner)
    method = PaymentMethod.objects.get()
    address = reverse("staff_method", args=[method.pk])
    as_owner.post(address, TERMS | KEYS | {"key_secret_key": "sk_test_another_key"})

    pages = [as_owner.get(address), as_owner.get(reverse("staff_methods"))]
    pages.append(as_owner.get(reverse("staff_audit")))

    for page in pages:
        for secret in (*KEYS.values(), "sk_test_another_key"):
            assert secret not in page.content.decode()
    added, edited = AuditEntry.objects.order_by("pk")
    assert added.new["credentials.secret_key"] == "***"
    assert edited.new == {"credentials.secret_key": "***"}


def test_each_gateway_can_be_added_and_is_shown_by_its_name(as_owner):
    add(as_owner)

    page = as_owner.get(reverse("staff_methods")).content.decode()

    for slug, name in (("stripe", "Stripe"), ("paypal", "PayPal"), ("manual", "By hand")):
        assert reverse("staff_new_method", args=[slug]) in page
        assert name in page
        form = as_owner.get(reverse("staff_new_method", args=[slug])).content.decode()
        assert f"Add {name}" in form


def test_a_key_that_is_left_empty_stays(as_owner):
    add(as_owner)
    method = PaymentMethod.objects.get()

    as_owner.post(reverse("staff_method", args=[method.pk]), TERMS | {"title": "Cards"})

    method.refresh_from_db()
    assert method.title == "Cards"
    assert json.loads(method.credentials)["secret_key"] == standin.KEY
    assert AuditEntry.objects.get(action="method.edit").old == {"title": "Card"}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"min_amount": "600"}, {"max_amount"}),
        ({"currency": "€"}, {"currency"}),
        ({"currency": "USD"}, {"exchange_rate"}),
        ({"exchange_rate": "0"}, {"exchange_rate"}),
        ({"fee_percent": "100"}, {"fee_percent"}),
        ({"countries": "Germany"}, {"countries"}),
        ({"key_secret_key": ""}, {"key_secret_key"}),
        ({"max_amount": "NaN"}, {"max_amount"}),
    ],
)
def test_terms_that_cannot_be_are_refused_beside_their_fields(as_owner, changes, wrong):
    assert errors(add(as_owner, **changes)) == wrong
    assert not PaymentMethod.objects.exists()


def test_a_method_can_be_saved_before_its_webhook_has_a_secret_and_is_offered_with_it(as_owner):
    add(as_owner, key_webhook_secret="", is_active="")
    method = PaymentMethod.objects.get()

    early = as_owner.post(reverse("staff_switch_method", args=[method.pk]))

    assert early["Location"] == reverse("staff_method", args=[method.pk])
    assert not PaymentMethod.objects.get().is_active
    as_owner.post(early["Location"], TERMS | {"key_webhook_secret": standin.WEBHOOK_SECRET})
    assert PaymentMethod.objects.get().is_active


def test_a_method_by_hand_must_tell_customers_how_to_pay(as_owner):
    assert errors(add(as_owner, "manual")) == {"instructions"}

    add(as_owner, "manual", instructions="IBAN DE02 1203")

    assert PaymentMethod.objects.get().gateway == "manual"


def test_the_address_for_its_messages_is_shown_as_the_world_reaches_it(as_owner, settings):
    settings.PUBLIC_URL = "https://panel.example"
    method = pay.method("stripe")

    page = as_owner.get(reverse("staff_method", args=[method.pk]), headers={"Host": "localhost"})

    assert f"https://panel.example/pay/{method.pk}/webhook" in page.content.decode()


def test_keys_are_tried_at_the_gateway(as_owner):
    with opened_world("stripe") as world:
        method = pay.of_world(world)
        tries = reverse("staff_try_method", args=[method.pk])

        works = as_owner.post(tries, follow=True).content.decode()
        method.credentials = method.credentials.replace(standin.KEY, "sk_test_wrong_key")
        method.save()
        fails = as_owner.post(tries, follow=True).content.decode()

    assert "It works." in works
    assert "Weir &amp; Sons" in works
    assert "It does not work" in fails
    assert "sk_test_wrong_key" not in fails


def test_methods_are_sorted_by_hand_and_switched(as_owner):
    first, second, third = (pay.method(position=n, title=f"No. {n}") for n in (1, 2, 3))

    as_owner.post(reverse("staff_move_method", args=[third.pk]), {"way": "up"})
    as_owner.post(reverse("staff_move_method", args=[first.pk]), {"way": "up"})
    as_owner.post(reverse("staff_switch_method", args=[second.pk]))

    assert list(PaymentMethod.objects.values_list("pk", flat=True)) == [
        first.pk, third.pk, second.pk,
    ]  # fmt: skip
    assert not PaymentMethod.objects.get(pk=second.pk).is_active
    assert AuditEntry.objects.filter(action="method.move").count() == 1
    assert AuditEntry.objects.get(action="method.switch").new == {"is_active": False}


def test_the_demo_is_set_up_in_a_trial_alone(as_owner, settings):
    assert add(as_owner, "demo", countries="", groups="").status_code == 302
    settings.DEMO_PAYMENTS = False

    assert add(as_owner, "demo").status_code == 404
    assert add(as_owner, "nonsense").status_code == 404
    assert as_owner.get(reverse("staff_methods")).status_code == 200


def test_the_list_costs_the_same_for_one_and_for_many(as_owner, django_assert_max_num_queries):
    for _ in range(9):
        pay.method()

    with django_assert_max_num_queries(12):
        as_owner.get(reverse("staff_methods"))
