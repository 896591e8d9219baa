"""The database that the tests run on is the one that the panel needs."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_a_waiting_lock_gives_up_after_three_seconds():
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("3s",)
