"""Many rows at once, past the guards: copies of one good row in which some columns differ."""
# ruff: noqa: S608  (the names stand in this folder)

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def past_the_guards() -> Iterator[None]:
    """One transaction without triggers and foreign keys, with all the time it needs."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL statement_timeout = 0")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def run(statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def many(table: str, template: int, rows: str, **expressions: str) -> str:
    """Copies of a row, one for each of ``rows``, in which some columns differ."""
    names = columns(table)
    values = [expressions.get(name, f"t.{name}") for name in names]
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)}"
        f" FROM {table} AS t, {rows} WHERE t.id = {template}"
    )


def columns(table: str) -> list[str]:
    """Those that can be written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def sequence(table: str) -> str:
    """Let the next id follow the greatest one."""
    return f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"


def settle_down(*tables: str) -> None:
    """As after a night: dead rows gone, everything counted. Not within a transaction."""
    run(
        [
            "SET statement_timeout = 0",
            f"VACUUM ANALYZE {', '.join(tables)}",
            "RESET statement_timeout",
        ]
    )


@contextmanager
def indexes_aside(*tables: str) -> Iterator[None]:
    """Without the indexes that hold no constraint; they are made anew at the end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND NOT EXISTS"
            " (SELECT FROM pg_constraint WHERE conindid = to_regclass(indexname))"
            " AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
            [list(tables)],
        )
        found = cursor.fetchall()
    run([f"DROP INDEX {name}" for name, _ in found])
    yield
    run(["SET LOCAL statement_timeout = 0", *(definition for _, definition in found)])
