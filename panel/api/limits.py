"""How often a key may ask: counted in the cache, in portions, for each minute.

Each process takes a hundredth of a minute's allowance at once and spends it without asking the
cache again, so a busy key costs the cache one visit for many requests. When the cache is gone,
each process counts for itself.
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

PORTIONS = 100
WINDOW_S = 60
KEYS_KEPT_MAX = 10_000  # in the memory of one process


class TooManyRequests(Exception):
    """The allowance of this minute is spent; ``retry_after_s`` says when the next one begins."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("Too many requests")
        self.retry_after_s = retry_after_s


@dataclass(slots=True)
class _Portion:
    """What this process still may spend of the allowance of one minute."""

    minute: int
    left: int = 0
    taken: int = 0
    is_spent: bool = False


_portions: dict[str, _Portion] = {}
_lock = threading.Lock()


def spend(name: str, *, per_minute: int, now: datetime) -> None:
    """Count one request of ``name``. Raises TooManyRequests."""
    minute, second = divmod(int(now.timestamp()), WINDOW_S)
    with _lock:
        portion = _portion(name, minute)
        is_held = portion.left > 0
        portion.left -= is_held
    if is_held:
        return
    granted = 0 if portion.is_spent else _take(name, portion, per_minute=per_minute)
    if granted <= 0:
        portion.is_spent = True
        raise TooManyRequests(WINDOW_S - second)
    with _lock:
        portion.left += granted - 1
        portion.taken += granted


def _portion(name: str, minute: int) -> _Portion:
    known = _portions.get(name)
    if known is None or known.minute != minute:
        if len(_portions) >= KEYS_KEPT_MAX:
            _portions.clear()
        known = _portions[name] = _Portion(minute)
    return known


def _take(name: str, portion: _Portion, *, per_minute: int) -> int:
    """How many of the next portion are within the allowance; nothing or less when it is spent."""
    size = max(1, per_minute // PORTIONS)
    key = f"allowance:{name}:{portion.minute}"
    taken = _counted(key, size)
    if taken is None and not cache.add(key, size, timeout=2 * WINDOW_S):
        taken = _counted(key, size)  # another process was faster
    if taken is None:  # the first one of this minute, or there is no cache to ask
        taken = portion.taken + size
    return min(size, per_minute - (taken - size))


def _counted(key: str, size: int) -> int | None:
    """The counter raised by ``size``; None when there is none."""
    try:
        return cache.incr(key, size)
    except ValueError:
        return None
