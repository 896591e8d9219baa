"""Whose turn it is with a provider: one round of each errand at a time, across all workers.

The turn is only for pace and order: a slow provider keeps one worker busy with an errand, not all
of them. That nothing is sent twice does not rest on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

PLACING = 0x77656972  # "weir": keeps our advisory locks apart from those of others
"""Orders go out, and lost ones are looked for."""
FOLLOWING = PLACING + 1
REFILLING = PLACING + 2
CANCELLING = PLACING + 3


@contextmanager
def turn(provider_id: int, errand: int = PLACING) -> Iterator[bool]:
    """Yields whether it is ours until the end of the block; it never waits.

    The database takes it back when the session ends, so a killed worker holds nothing up.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s::int, %s::int)", [errand, provider_id])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s::int, %s::int)", [errand, provider_id])
