"""Waiting for a database that is away, with something in hand that nobody else knows.

What a provider has answered stands nowhere until it is written. A restart of the database or a
deadlock must not turn such an answer into an order about which nobody knows.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

WRITE_WITHIN_S = 60
PAUSE_S = 0.25

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


def until_written(write: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
    """Repeat a whole transaction for up to WRITE_WITHIN_S while the database cannot take it.

    Put it around ``transaction.atomic``: within a transaction nothing can be repeated. What is
    still not written then is left to the end of its lease, as after a crash.
    """

    @wraps(write)
    def patient(*given: _Given.args, **named: _Given.kwargs) -> _Answer:
        deadline = time.monotonic() + WRITE_WITHIN_S
        while True:
            try:
                return write(*given, **named)
            except OperationalError:
                if connection.in_atomic_block or time.monotonic() > deadline:
                    raise
                connection.close_if_unusable_or_obsolete()
                time.sleep(PAUSE_S)

    return patient
