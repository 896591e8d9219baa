"""How often a key may ask, with the cache and without."""

import json
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from panel.api import keys, limits
from tests import make

NOW = make.NOW.replace(second=0)


@pytest.fixture
def shared_cache(broker_url, settings):
    with override_settings(
        CACHES={"default": {"BACKEND": "panel.cache.ForgivingRedisCache", "LOCATION": broker_url}}
    ):
        yield


def _spend_until_refused(name, *, per_minute, now=NOW, at_most=10_000):
    for count in range(at_most):
        try:
            limits.spend(name, per_minute=per_minute, now=now)
        except limits.TooManyRequests:
            return count
    return at_most


@pytest.mark.parametrize("per_minute", [1, 5, 99, 100, 250, 1000])
def test_a_minutes_allowance_is_met_exactly(shared_cache, per_minute):
    name = f"exact-{per_minute}"

    assert _spend_until_refused(name, per_minute=per_minute) == per_minute
    next_minute = NOW + timedelta(minutes=1)
    assert _spend_until_refused(name, per_minute=per_minute, now=next_minute) == per_minute


def test_processes_share_an_allowance(shared_cache):
    limits.spend("shared", per_minute=3, now=NOW)
    limits._portions.clear()  # another process remembers nothing of this one
    limits.spend("shared", per_minute=3, now=NOW)
    limits._portions.clear()

    assert _spend_until_refused("shared", per_minute=3) == 1


def test_two_keys_do_not_spend_each_others_allowance(shared_cache):
    assert _spend_until_refused("one", per_minute=2) == 2
    assert _spend_until_refused("two", per_minute=2) == 2


def test_g1_without_a_cache_each_process_counts_for_itself():
    assert _spend_until_refused("alone", per_minute=7) == 7
    assert _spend_until_refused("alone", per_minute=7, now=NOW + timedelta(minutes=1)) == 7


def test_a_refusal_says_when_to_come_back():
    now = NOW + timedelta(seconds=45)
    limits.spend("late", per_minute=1, now=now)

    with pytest.raises(limits.TooManyRequests) as refused:
        limits.spend("late", per_minute=1, now=now)
    assert refused.value.retry_after_s == 15


@pytest.mark.django_db
def test_too_many_requests_are_told_so_in_json(buyer):
    key = keys.issue_key(buyer.pk, name="Shop", requests_per_minute=1).text
    replies = [Client().post("/api/v2", {"key": key, "action": "balance"}) for _ in range(3)]

    refused = [reply for reply in replies if reply.status_code == 429]
    assert refused, "three requests within two minutes, one allowed in each"
    assert json.loads(refused[0].content) == {"error": "Too many requests"}
    assert refused[0]["Content-Type"] == "application/json"
    assert 0 < int(refused[0]["Retry-After"]) <= 60


@pytest.mark.django_db
def test_s9_guessing_keys_is_slowed_down(monkeypatch):
    monkeypatch.setattr("panel.api.v2.door.WRONG_KEYS_PER_MINUTE", 1)
    replies = [Client().post("/api/v2", {"key": "wr_x", "action": "balance"}) for _ in range(3)]

    assert 429 in {reply.status_code for reply in replies}
