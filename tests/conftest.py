"""What every test may ask for."""

import pytest
from django.db import connection


@pytest.fixture(scope="session", autouse=True)
def _only_postgresql():
    """Locks and constraints are the product: a green run on anything else proves nothing."""
    assert connection.vendor == "postgresql"
