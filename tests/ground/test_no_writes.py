"""G7: what the ground does while the database takes no writes, and after."""

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from panel.models import Storefront
from tests.refusing import READ_ONLY, read_only

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_g7_the_health_page_says_that_nothing_can_be_written_and_takes_no_page_away(client):
    assert client.get("/healthz").json()["database"] == "ok"

    with read_only():
        answer = client.get("/healthz")
        with pytest.raises(DatabaseError):
            Storefront.objects.create(pk=1, intro=str(timezone.now()))

    assert (answer.status_code, answer.json()["database"]) == (200, "read-only")
    assert client.get("/healthz").json()["database"] == "ok"
