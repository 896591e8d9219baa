"""The engine: PostgreSQL's own, with a pool that keeps nothing which would fail again.

A connection that cannot write would be handed out after the server takes writes, or after another
one took over: it is closed, and the next one finds out how it is then. Where one was lost, the
others mostly were as well: they are looked at before each of them fails somebody's request.
"""

from django.db import connection
from django.db.backends.postgresql import base
from psycopg import Connection

# PostgreSQL tells a client unasked how these stand, and each time they change.
TOLD = ("default_transaction_read_only", "in_hot_standby")


class DatabaseWrapper(base.DatabaseWrapper):
    def _close(self) -> None:
        known = self.connection
        was_lost = known is not None and known.broken
        if known is not None and is_read_only(known):
            known.close()
        super()._close()  # type: ignore[misc]
        if was_lost and self.pool:
            self.pool.check()


def is_read_only(known: Connection) -> bool:
    """Whether the server has said that this connection cannot write. Asks nothing."""
    return any(known.info.parameter_status(name) == "on" for name in TOLD)


def refuses_writes() -> bool:
    """The same of the connection at hand: what it was told with its latest statement."""
    connection.ensure_connection()
    return is_read_only(connection.connection)
