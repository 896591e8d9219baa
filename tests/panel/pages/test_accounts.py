"""Signing up, logging in, keys, preferences."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from orders.models import Customer
from panel.api import keys as api_keys
from panel.models import ApiKey, Storefront, User
from tests import make

pytestmark = pytest.mark.django_db
LOGIN, SIGN_UP = "/account/login/", "/account/signup/"
PASSWORD = "a long password"
NEW = {"email": "New@Example.com", "password1": "correct horse battery"}


def test_a_sign_up_makes_a_user_and_their_customer(client):
    client.post(SIGN_UP, NEW)

    user = User.objects.get(email="new@example.com")
    assert user.customer
    assert user.customer.balance == 0
    assert not user.is_staff
    assert len(mail.outbox) == 1


def test_s2_a_sign_up_cannot_bring_rights_or_money_along(client):
    make.customer()
    more = {"is_staff": "on", "is_superuser": "on", "balance": "1000", "customer": "1"}

    client.post(SIGN_UP, NEW | more)

    user = User.objects.get(email="new@example.com")
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert user.customer
    assert user.customer.balance == 0


def test_with_a_mail_server_an_address_must_be_confirmed_before_log_in(client, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client.post(SIGN_UP, NEW)
    assert client.get(reverse("orders")).status_code == 302

    (link,) = re.findall(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    client.post(link)

    assert EmailAddress.objects.get(email="new@example.com").verified
    client.post(LOGIN, {"login": "new@example.com", "password": NEW["password1"]})
    assert client.get(reverse("orders")).status_code == 200


def test_a_closed_panel_takes_no_sign_ups(client):
    Storefront.objects.create(pk=1, is_sign_up_open=False)

    client.post(SIGN_UP, NEW)

    assert not Customer.objects.exists()


def test_a_login_made_by_staff_works_at_once(client, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    make.user(customer=make.customer(), email="trial@example.com")

    answer = client.post(LOGIN, {"login": "trial@example.com", "password": PASSWORD})

    assert answer["Location"] == reverse("new_order")
    assert client.get(reverse("orders")).status_code == 200


def test_s9_a_wrong_password_says_the_same_as_an_unknown_address(client):
    make.user(email="known@example.com")

    def said(login):
        page = client.post(LOGIN, {"login": login, "password": "wrong password"})
        return re.findall(r"alert-danger[^>]*>([^<]+)<", page.content.decode())

    assert len(said("known@example.com")) == 1
    assert said("known@example.com") == said("unknown@example.com")


def test_g1_logging_in_works_while_redis_is_gone(client, settings):
    assert settings.REDIS_URL == "redis://127.0.0.1:1/0"  # nobody listens there
    make.user(customer=make.customer(), email="trial@example.com")

    answer = client.post(LOGIN, {"login": "trial@example.com", "password": PASSWORD})

    assert answer.status_code == 302


def test_s10_the_session_is_a_new_one_after_logging_in(client):
    make.user(customer=make.customer(), email="trial@example.com")
    client.get(LOGIN)
    client.session.save()
    before = client.session.session_key

    client.post(LOGIN, {"login": "trial@example.com", "password": PASSWORD})

    assert client.session.session_key != before


def test_a_key_is_shown_once_and_never_again(as_ann, ann):
    answer = as_ann.post(reverse("keys"), {"name": "shop", "addresses": "10.0.0.0/8\n192.0.2.1"})

    text = answer.context["issued"].text
    assert text in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    again = as_ann.get(reverse("keys")).content.decode()
    assert text not in again
    assert text[3:11] in again
    assert ApiKey.objects.get().allowed_ips == ["10.0.0.0/8", "192.0.2.1/32"]


def test_an_address_that_is_none_is_refused_beside_its_field(as_ann):
    answer = as_ann.post(reverse("keys"), {"name": "shop", "addresses": "not-an-ip"})

    assert "neither an address nor a network" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_revoked_key_says_so(as_ann, ann):
    key = api_keys.issue_key(ann.pk, name="shop").row

    answer = as_ann.post(reverse("revoke_key", args=[key.pk]), follow=True)

    assert "Revoked" in answer.content.decode()
    assert ApiKey.objects.get().revoked_at is not None


def test_times_are_shown_in_the_chosen_time_zone(ann):
    client = Client()
    client.force_login(make.user(customer=ann, time_zone="Asia/Tokyo"))
    order = make.placed(customer=ann)  # at 12:00 UTC

    page = client.get(reverse("order", args=[order.pk])).content.decode()

    assert "9 p.m." in page


@pytest.mark.parametrize(
    "page", ["account", "billing", "invoices", "account_email", "usersessions_list"]
)
def test_the_menu_shows_that_one_is_in_the_account(as_ann, page):
    html = as_ann.get(reverse(page)).content.decode()

    lines = re.findall(r'<li class="nav-item active"><a class="nav-link" href="([^"]+)"', html)
    assert lines == [reverse("account")]
