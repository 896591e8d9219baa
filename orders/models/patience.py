"""Waiting for a database that is away, with something in hand that nobody else knows.

What a provider has answered stands nowhere until it is written. A restart of the database, a
full disk or a deadlock must not turn such an answer into an order about which nobody knows.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, OperationalError, connection
from psycopg.errors import DiskFull, ReadOnlySqlTransaction

WRITE_WITHIN_S = 60
PAUSE_S = 0.25

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


def takes_no_writes(error: BaseException | None) -> bool:
    """Whether the database refused to change anything: it is read-only, or its disk is full.

    Then the statement's whole transaction was given up, and what only reads goes on.
    """
    if not isinstance(error, DatabaseError):
        return False
    return isinstance(error.__cause__, ReadOnlySqlTransaction | DiskFull)


def may_pass(error: DatabaseError) -> bool:
    """Whether the same transaction may be taken a little later."""
    return isinstance(error, OperationalError) or takes_no_writes(error)


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
            except DatabaseError as error:
                is_late = connection.in_atomic_block or time.monotonic() > deadline
                if is_late or not may_pass(error):
                    raise
                connection.close_if_unusable_or_obsolete()
                time.sleep(PAUSE_S)

    return patient
