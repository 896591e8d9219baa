"""G1: pages never need Redis; the cache of a lost Redis is an empty one."""

import time

import pytest
from redis.backoff import NoBackoff
from redis.retry import Retry

from panel.cache import ForgivingRedisCache

PATIENCE_S = 20.0  # as long as one page may take that meets the lost cache a dozen times


def cache_at(url):
    options = {"retry": Retry(NoBackoff(), retries=0), "socket_timeout": 1}
    return ForgivingRedisCache(url, {"OPTIONS": options})


def test_g1_a_lost_cache_answers_like_an_empty_one():
    cache = cache_at("redis://127.0.0.1:1/0")
    asked_at = time.monotonic()

    cache.set("price", 1)
    assert cache.get("price") is None
    assert cache.get("price", "unknown") == "unknown"
    assert cache.get_or_set("price", lambda: 7) == 7
    assert cache.add("price", 1) is True
    assert cache.get_many(["price", "name"]) == {}
    assert cache.set_many({"price": 1}) == ["price"]
    assert cache.has_key("price") is False
    assert cache.delete("price") is False
    cache.delete_many(["price"])
    cache.clear()
    with pytest.raises(ValueError, match="not found"):
        cache.incr("price")
    assert time.monotonic() - asked_at < PATIENCE_S


def test_a_living_cache_keeps_what_it_is_given(broker_url):
    cache = cache_at(broker_url)

    cache.set_many({"price": 1, "name": "likes"})

    assert cache.get_many(["price", "name"]) == {"price": 1, "name": "likes"}
    assert cache.incr("price") == 2
    assert cache.get("gone", "default") == "default"


@pytest.mark.django_db
def test_g1_a_page_is_served_while_redis_is_gone(client, settings):
    assert settings.REDIS_URL == "redis://127.0.0.1:1/0"  # nobody listens there

    assert client.get("/account/login/").status_code == 200
