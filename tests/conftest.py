"""What every test may ask for."""

import time
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

DAY_S = 24 * 60 * 60
SHORT_TEST_S = 20
"""Longer than any test takes that books and reads figures of a day."""

# No example is wrong because others kept the machine busy; one that is wrong says how to see it.
settings.register_profile(
    "weir", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("weir")


@pytest.fixture(scope="session", autouse=True)
def _only_postgresql():
    """Locks and constraints are the product: a green run on anything else proves nothing."""
    assert connection.vendor == "postgresql"


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_guards():
    """The book refuses TRUNCATE; only the clearing between two tests may pass.

    For every connection: beside a browser's loop a thread has another one than before it.
    """
    operations = type(connection.ops)
    flush = operations.sql_flush

    def unguarded(*args: Any, **kwargs: Any) -> list[str]:
        statements = flush(*args, **kwargs)
        return [
            "SET session_replication_role = replica",
            *statements,
            "SET session_replication_role = origin",
        ]

    operations.sql_flush = unguarded  # type: ignore[method-assign]
    yield
    operations.sql_flush = flush  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _no_midnight_in_the_middle():
    """What is booked today and read today must be the same day: just before midnight (UTC) a test
    waits for the new one.
    """
    left_s = DAY_S - time.time() % DAY_S
    if left_s < SHORT_TEST_S:
        time.sleep(left_s)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: at the end all but one process would wait for them."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/whole/"))
