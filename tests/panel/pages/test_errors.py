"""What people read when something is wrong."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from tests import make

pytestmark = pytest.mark.django_db


def test_an_unknown_address_says_so_in_the_operators_brand(client):
    answer = client.get("/no/such/page/")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert "To the home page" in answer.content.decode()


def test_a_form_without_its_token_says_what_to_do(ann):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.user(customer=ann))

    answer = client.post("/dashboard/", {"service": "1"})

    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()


def test_a_failure_of_ours_needs_neither_database_nor_request():
    assert "either done completely or not at all" in render_to_string("500.html")


def test_s9_guessing_a_password_is_slowed_down(client, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    make.user(email="known@example.com")
    sent = {"login": "known@example.com", "password": "wrong password"}

    pages = [client.post("/account/login/", sent).content.decode() for _attempt in range(12)]

    assert any("Too many" in page for page in pages[5:])
    right = client.post("/account/login/", sent | {"password": "a long password"})
    assert right.status_code != 302
