"""The engine: PostgreSQL's own, except that a connection which cannot write is not kept.

A pool would hand it out again after the server takes writes, or after another one took over, and
each request that got it would fail. The next connection finds out how it is then.
"""

from django.db import connection
from django.db.backends.postgresql import base
from psycopg import Connection

# PostgreSQL tells a client unasked how these stand, and each time they change.
TOLD = ("default_transaction_read_only", "in_hot_standby")


class DatabaseWrapper(base.DatabaseWrapper):
    def _close(self) -> None:
        if self.connection is not None and is_read_only(self.connection):
            self.connection.close()
        super()._close()  # type: ignore[misc]


def is_read_only(known: Connection) -> bool:
    """Whether the server has said that this connection cannot write. Asks nothing."""
    return any(known.info.parameter_status(name) == "on" for name in TOLD)


def refuses_writes() -> bool:
    """The same of the connection at hand: what it was told with its latest statement."""
    connection.ensure_connection()
    return is_read_only(connection.connection)
