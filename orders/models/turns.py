"""Whose turn it is with a provider: one forwarding round or probe at a time, across all workers.

The turn is only for pace and order. That nothing is sent twice does not rest on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TURN_KEYS = 0x77656972  # "weir": keeps our advisory locks apart from those of others


@contextmanager
def turn(provider_id: int) -> Iterator[bool]:
    """Yields whether it is ours until the end of the block; it never waits.

    The database takes it back when the session ends, so a killed worker holds nothing up.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s::int, %s::int)", [TURN_KEYS, provider_id])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_unlock(%s::int, %s::int)", [TURN_KEYS, provider_id]
                )
