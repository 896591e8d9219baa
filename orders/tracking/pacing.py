"""How often a bucket is asked for: by the age of its youngest order, and by what happens to it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from orders.models.buckets import WATCH_INTERVAL
from orders.tracking.followed import Followed

AGES = (
    (timedelta(minutes=10), timedelta(minutes=1)),
    (timedelta(hours=1), timedelta(minutes=2)),
    (timedelta(hours=24), timedelta(minutes=10)),
    (timedelta(days=7), timedelta(minutes=30)),
)
OLD_INTERVAL = timedelta(hours=2)
INTERVAL_MIN = timedelta(seconds=30)
STRETCH, SHORTEN = 1.5, 0.5
RANGE = 2
"""By how much activity may stretch or shorten the interval of an age."""
LIVELY_SHARE = 0.1
RETRY = timedelta(minutes=1)
RETRY_MAX = timedelta(minutes=10)
"""However long a provider asks to be left alone: its orders are under way."""


def next_interval(
    last: timedelta, orders: Sequence[Followed], *, changed: int, is_watch: bool, now: datetime
) -> timedelta:
    """When a bucket of ``orders`` is asked for again, after ``changed`` of them changed."""
    if is_watch or not orders:
        return WATCH_INTERVAL
    base = _of_age(now - max(order.created_at for order in orders))
    if not changed:
        wanted = last * STRETCH
    elif changed >= LIVELY_SHARE * len(orders):
        wanted = last * SHORTEN
    else:
        wanted = last
    return max(min(wanted, base * RANGE), base / RANGE, INTERVAL_MIN)


def _of_age(age: timedelta) -> timedelta:
    return next((interval for limit, interval in AGES if age < limit), OLD_INTERVAL)
