"""Providers and offers in the database: secrets, constraints, and who may be called."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from providers.client import Connection
from providers.models import Offer, Provider
from providers.secrets import SecretUnreadable

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = "sk_canary_42"


def provider(**fields):
    return Provider.objects.create(
        **{"name": "North", "url": "https://north.test/api/v2", "api_key": KEY, **fields}
    )


def offer(of, **fields):
    return Offer.objects.create(
        **{
            "provider": of,
            "upstream_id": "1",
            "name": "Views",
            "cost": Decimal("0.9"),
            "min": 10,
            "max": 100,
            **fields,
        }
    )


def stored_key(one):
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM providers_provider WHERE id = %s", [one.pk])
        return cursor.fetchone()[0]


def test_s11_a_provider_key_is_encrypted_at_rest_and_read_back():
    one = provider()
    assert KEY not in stored_key(one)
    assert Provider.objects.get().api_key == KEY


def test_g12_a_provider_key_hides_from_repr():
    provider()
    read = Provider.objects.get()
    assert "canary" not in repr(read.api_key) + repr(read) + repr(vars(read))
    assert "canary" not in repr(Connection.of(read))
    assert Connection.of(read).api_key == KEY


def test_keys_rotate_the_first_encrypts_and_all_decrypt(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_KEYS = [old]
    one = provider()
    settings.FIELD_KEYS = [new, old]
    assert Provider.objects.get().api_key == KEY
    Provider.objects.get().save()
    settings.FIELD_KEYS = [new]
    assert Provider.objects.get().api_key == KEY
    settings.FIELD_KEYS = [old]
    with pytest.raises(SecretUnreadable):
        Provider.objects.get(pk=one.pk)


def test_a_secret_cannot_be_searched_for():
    with pytest.raises(FieldError):
        Provider.objects.filter(api_key=KEY).exists()


@pytest.mark.parametrize(
    ("fields", "is_reachable"),
    [
        ({}, True),
        ({"is_active": False}, False),
        ({"paused_until": NOW + timedelta(seconds=1)}, False),
        ({"paused_until": NOW}, True),
        ({"circuit_open_until": NOW + timedelta(seconds=1)}, False),
        ({"circuit_open_until": NOW - timedelta(seconds=1)}, True),
    ],
)
def test_b18_only_an_active_provider_that_is_neither_paused_nor_broken_is_called(
    fields, is_reachable
):
    provider(**fields)
    assert Provider.objects.reachable(NOW).exists() is is_reachable


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"exchange_rate": 0}, "provider_exchange_rate_positive"),
        ({"timeout_s": 0}, "provider_timeout_in_range"),
        ({"timeout_s": 121}, "provider_timeout_in_range"),
        ({"concurrency": 0}, "provider_concurrency_in_range"),
        ({"rate_per_s": 0}, "provider_rate_in_range"),
    ],
)
def test_the_database_refuses_limits_that_make_no_sense(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        provider(**fields)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"cost": 0}, "offer_cost_positive"),
        ({"min": 0}, "offer_limits_in_order"),
        ({"min": 101}, "offer_limits_in_order"),
    ],
)
def test_d2_d3_the_database_refuses_an_offer_that_cannot_be_sold(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        offer(provider(), **fields)


def test_d7_an_offer_is_once_per_provider():
    one = provider()
    offer(one)
    offer(provider(name="South"))
    with pytest.raises(IntegrityError, match="offer_once"), transaction.atomic():
        offer(one)


def test_b23_a_provider_with_offers_is_not_deleted():
    one = provider()
    offer(one)
    with pytest.raises(ProtectedError):
        one.delete()
