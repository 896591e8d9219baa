"""S1: every address there is, found in the address list itself, tried by who has no right to it."""

import re
import uuid

import pytest
from django.contrib import admin
from django.test import Client

from orders.models import LedgerEntry, Order
from tests import make
from tests.browser.addresses import Address, addresses

pytestmark = pytest.mark.django_db

# All that a visitor may open. Whatever else is added must ask who is there.
OPEN_TO_ALL = {
    "home", "services", "service", "api_docs", "questions", "news", "page", "sitemap", "robots",
    "manifest", "favicon", "logo", "set_language", "webhook",
}  # fmt: skip
ENTRANCES = ("account_", "mfa_", "usersessions_")
FOR_STAFF = "staff_"
OWN_OF_STAFF = {"account"}  # their language and time zone
METHODS = ("get", "post")
REFUSED = {302, 403, 404, 405}


WORDS = {"slug": "terms", "code": "refund", "uidb36": "1", "key": "none", "gateway": "stripe"}
WORDS |= dict.fromkeys(("token", "demo_token", "receipt_id"), str(uuid.uuid4()))


class Known(dict[str, object]):
    """A value for every parameter: number 1, or a word where the address wants one."""

    def __missing__(self, name: str) -> object:
        return WORDS.get(name, 1)

    def __contains__(self, name: object) -> bool:
        return True


def guarded() -> list[Address]:
    """The addresses that are not open to all; log-in and sign-up guard themselves."""
    found = [one for one in addresses(Known()) if not one.name.startswith(ENTRANCES)]
    assert all(one.path for one in found)
    return [one for one in found if one.name not in OPEN_TO_ALL]


def test_s1_whatever_is_not_open_to_all_asks_a_visitor_to_log_in():
    for address in guarded():
        for method in METHODS:
            answer = getattr(Client(), method)(address.path)
            if answer.status_code != 405:
                assert answer.status_code == 302, address
                assert "/account/login/" in answer["Location"], address


def test_s1_a_customer_gets_into_no_page_of_the_staff():
    client = Client()
    client.force_login(make.user(customer=make.customer()))
    found = [one for one in guarded() if one.name.startswith(FOR_STAFF)]

    assert len(found) > 10
    for address in found:
        for method in METHODS:
            assert getattr(client, method)(address.path).status_code in REFUSED, address


def test_s1_the_staff_act_for_no_customer_through_the_dashboard():
    order = make.placed()
    client = Client()
    client.force_login(make.user(is_staff=True, is_superuser=True))
    entries = LedgerEntry.objects.count()

    for address in guarded():
        if not address.name.startswith(FOR_STAFF) and address.name not in OWN_OF_STAFF:
            for method in METHODS:
                assert getattr(client, method)(address.path).status_code in REFUSED, address

    assert Order.objects.get().pk == order.pk
    assert LedgerEntry.objects.count() == entries


def test_s1_a_customer_gets_into_no_page_of_the_engine_room():
    client = Client()
    client.force_login(make.user(customer=make.customer()))

    for model, its_admin in admin.site._registry.items():
        for pattern in its_admin.urls:
            path = f"/engine-room/{model._meta.app_label}/{model._meta.model_name}/"
            path += re.sub(r"<[^>]*>", "1", str(pattern.pattern))
            assert client.get(path, follow=True).status_code in REFUSED - {302}, path
