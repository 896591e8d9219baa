"""People of the staff, one for each role, and somebody who is none."""

import pytest
from allauth.account.internal.flows.login import record_authentication
from celery import current_app
from django.test import Client, RequestFactory

from panel.models import Role
from tests import make

WHO = ["owner", "support", "finance", "roleless", "customer"]


@pytest.fixture(autouse=True)
def _quick_log_in(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STAFF_TWO_FACTOR = False


def log_in(user):
    """As after a log-in with the password a moment ago."""
    client = Client()
    client.force_login(user)
    request = RequestFactory().get("/")
    request.session = client.session
    record_authentication(request, user, "password")
    request.session.save()
    return client


def person(who):
    if who == "customer":
        return make.user(customer=make.customer(balance="0"))
    return make.user(is_staff=True, role=who if who in Role.values else "")


@pytest.fixture
def owner(db):
    return person("owner")


@pytest.fixture
def as_owner(owner):
    return log_in(owner)


@pytest.fixture
def as_support(db):
    return log_in(person("support"))


@pytest.fixture
def as_finance(db):
    return log_in(person("finance"))


@pytest.fixture
def started_here():
    """Tasks run at once where they are started, nothing is published."""
    before = current_app.conf.task_always_eager
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = before
