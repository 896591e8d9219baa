"""The cache may vanish: then everything is computed afresh, and no page fails."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def _forgiving(name: str, *, on_failure: Callable[..., Any]) -> Callable[..., Any]:
    """A method of RedisCache that answers like an empty cache while Redis cannot be reached."""
    method = getattr(RedisCache, name)

    @wraps(method)
    def attempt(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            log.warning("cache_unavailable", operation=name, error=type(error).__name__)
            return on_failure(*args, **kwargs)

    return attempt


def _nothing(*args: Any, **kwargs: Any) -> None:
    """What a write answers when it was lost."""


def _default(key: str, default: Any = None, version: int | None = None) -> Any:
    """What a read answers when nothing was found."""
    return default


def _no(*args: Any, **kwargs: Any) -> bool:
    """Not found, not written, not deleted."""
    return False


def _yes(*args: Any, **kwargs: Any) -> bool:
    """Nobody is known to hold it: a lock that cannot be kept must not shut the log-in."""
    return True


def _missing_key(key: str, *args: Any, **kwargs: Any) -> int:
    """Counters that do not exist raise ValueError; callers of incr() expect that already."""
    raise ValueError(f"Key '{key}' not found")


def _found_none(keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
    """What a read of many keys answers when nothing was found."""
    return {}


def _all_lost(data: dict[str, Any], **kwargs: Any) -> list[str]:
    """What a write of many keys answers: the keys that were not written."""
    return list(data)


class ForgivingRedisCache(RedisCache):
    """RedisCache that survives the loss of Redis (flushed, full, read-only, gone)."""

    get = _forgiving("get", on_failure=_default)
    set = _forgiving("set", on_failure=_nothing)
    add = _forgiving("add", on_failure=_yes)
    touch = _forgiving("touch", on_failure=_no)
    delete = _forgiving("delete", on_failure=_no)
    has_key = _forgiving("has_key", on_failure=_no)
    incr = _forgiving("incr", on_failure=_missing_key)
    get_many = _forgiving("get_many", on_failure=_found_none)
    set_many = _forgiving("set_many", on_failure=_all_lost)
    delete_many = _forgiving("delete_many", on_failure=_nothing)
    clear = _forgiving("clear", on_failure=_no)
