"""People who pay, and gateways that are played on this machine."""

from contextlib import contextmanager

import pytest
from django.test import Client

from tests import make
from tests.gateways.worlds import StripeWorld
from tests.gateways.worlds import opened as opened_world


@pytest.fixture(autouse=True)
def _in_a_trial(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DEMO_PAYMENTS = True


@contextmanager
def opened_stripe():
    """Stripe as its stand-in plays it."""
    world = StripeWorld()
    try:
        yield world
    finally:
        world.standin.close()


@pytest.fixture
def stripe():
    with opened_stripe() as world:
        yield world


@pytest.fixture(params=["stripe", "paypal", "btcpay"])
def world(request):
    """Each gateway that tells us, one after the other."""
    with opened_world(request.param) as found:
        yield found


@pytest.fixture
def ann(db):
    return make.customer(balance="0")


@pytest.fixture
def bob(db):
    return make.customer(balance="0")


def logged_in(customer):
    client = Client()
    client.force_login(make.user(customer=customer))
    return client


@pytest.fixture
def as_ann(ann):
    return logged_in(ann)


@pytest.fixture
def as_bob(bob):
    return logged_in(bob)
