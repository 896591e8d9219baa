"""A database that refuses to change anything, as a read-only server or a full disk does."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

DISK_FULL = "53100"
READ_ONLY = "SET default_transaction_read_only = {}"
_FULL = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE 'could not extend file: No space left on device' USING ERRCODE = '{state}';
    END $$;
    CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION no_room();
"""


@contextmanager
def read_only() -> Iterator[None]:
    """Each transaction of this connection only reads. Needs a test with real transactions."""
    _sql(READ_ONLY.format("on"))
    try:
        yield
    finally:
        _sql(READ_ONLY.format("off"))


@contextmanager
def full(table: str, *, state: str = DISK_FULL) -> Iterator[None]:
    """Whoever writes to ``table`` is told, with this SQLSTATE, that there is no room."""
    _sql(_FULL.format(table=table, state=state))
    try:
        yield
    finally:
        _sql("DROP FUNCTION no_room() CASCADE")


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
