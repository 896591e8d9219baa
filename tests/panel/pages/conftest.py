"""Three people with fixed rights: a visitor, customers Ann and Bob, and staff."""

import pytest
from django.test import Client

from tests import make


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ann(db):
    return make.customer(balance="100")


@pytest.fixture
def bob(db):
    return make.customer(balance="100")


def _logged_in(customer=None, **columns):
    client = Client()
    client.force_login(make.user(customer=customer, **columns))
    return client


@pytest.fixture
def as_ann(ann):
    return _logged_in(ann)


@pytest.fixture
def as_bob(bob):
    return _logged_in(bob)


@pytest.fixture
def as_staff(db):
    return _logged_in(is_staff=True, is_superuser=True)
