"""What time it is: for jobs the database says so, so that no worker's own clock matters."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The database's time, aware, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now
