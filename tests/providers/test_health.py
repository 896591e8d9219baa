"""The circuit, pauses, balance and latency of a provider."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from providers import health
from providers.models import Provider

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def provider():
    return Provider.objects.create(name="North", url="https://north.test/", api_key="k")


def fail(provider, times, *, now=NOW):
    return [health.record_failure(provider.pk, error="down", now=now) for _ in range(times)]


def is_reachable(now):
    return Provider.objects.reachable(now).exists()


def test_b18_the_circuit_opens_after_five_failures_and_closes_by_itself(provider):
    assert fail(provider, 5) == [False] * 4 + [True]
    assert not is_reachable(NOW + timedelta(seconds=14))
    assert is_reachable(NOW + timedelta(seconds=15))
    provider.refresh_from_db()
    assert provider.last_error == "down"


def test_b18_each_failure_after_that_doubles_the_wait_up_to_ten_minutes(provider):
    fail(provider, 5)
    now, waits = NOW, []
    for _ in range(8):
        provider.refresh_from_db()
        waits.append((provider.circuit_open_until - now).total_seconds())
        now = provider.circuit_open_until
        fail(provider, 1, now=now)
    assert waits == [15, 30, 60, 120, 240, 480, 600, 600]


def test_b18_calls_that_fail_while_the_circuit_is_open_do_not_count(provider):
    fail(provider, 50)
    provider.refresh_from_db()
    assert provider.failures == 5
    assert provider.circuit_open_until == NOW + timedelta(seconds=15)


def test_b18_one_answer_closes_the_circuit_and_forgets_the_failures(provider):
    fail(provider, 5)
    health.record_success(provider.pk, latency_ms=100)
    assert is_reachable(NOW)
    assert fail(provider, 4) == [False] * 4


def test_the_latency_moves_slowly(provider):
    for latency_ms, average in [(100, 100), (200, 120), (120, 120)]:
        health.record_success(provider.pk, latency_ms=latency_ms)
        provider.refresh_from_db()
        assert provider.latency_ms == average


def test_b19_a_pause_is_never_shortened_by_a_later_one_and_can_be_ended(provider):
    health.pause(provider.pk, until=NOW + timedelta(hours=1), reason="Not enough funds")
    health.pause(provider.pk, until=NOW + timedelta(minutes=1), reason="429")
    provider.refresh_from_db()
    assert provider.pause_reason == "Not enough funds"
    assert not is_reachable(NOW + timedelta(minutes=59))
    health.resume(provider.pk)
    assert is_reachable(NOW)


def test_balance_and_sync_are_noted_with_their_time(provider):
    fail(provider, 1)
    health.record_balance(provider.pk, balance=Decimal("12.5"), now=NOW)
    health.record_sync(provider.pk, now=NOW)
    provider.refresh_from_db()
    assert (provider.balance, provider.balance_at) == (Decimal("12.5"), NOW)
    assert (provider.last_sync_at, provider.last_error) == (NOW, "")
