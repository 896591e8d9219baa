"""G7: what the ground does while the database takes no writes, and after."""

import os
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone

from panel.models import Storefront
from tests.orders.races import together
from tests.refusing import READ_ONLY, read_only

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 5
END_ALL = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def session() -> int:
    """Which one of the server's sessions this is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(pid)


def test_g7_a_session_that_cannot_write_is_not_handed_out_again():
    first = session()
    with connection.cursor() as cursor:
        cursor.execute(READ_ONLY.format("on"))
    connection.close()

    assert session() != first
    Storefront.objects.create(pk=1)


def test_a_session_that_can_write_is_handed_out_again():
    with connection.cursor() as cursor:
        cursor.execute("SET application_name = 'one of the pool'")
    connection.close()

    seen = set()
    for _ in range(connection.pool.max_size):  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute("SHOW application_name")
            seen.add(cursor.fetchone()[0])
        connection.close()

    assert "one of the pool" in seen


def test_g5_where_one_session_was_lost_the_others_fail_nobody():
    seen = set(together([session] * CROWD))
    address = urlsplit(os.environ["DATABASE_URL"])
    here = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
    with psycopg.connect(here, autocommit=True) as other:
        other.execute(END_ALL)
    with pytest.raises(OperationalError):
        session()
    connection.close()

    found = together([session] * CROWD)

    assert len(seen) == CROWD
    assert all(isinstance(one, int) for one in found), found


def test_g7_the_health_page_says_that_nothing_can_be_written_and_takes_no_page_away(client):
    assert client.get("/healthz").json()["database"] == "ok"

    with read_only():
        answer = client.get("/healthz")
        with pytest.raises(DatabaseError):
            Storefront.objects.create(pk=1, intro=str(timezone.now()))

    assert (answer.status_code, answer.json()["database"]) == (200, "read-only")
    assert client.get("/healthz").json()["database"] == "ok"
