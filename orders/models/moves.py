"""Many orders go to their next state in one statement: Order.move_to for whole batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from orders.lifecycle import AT_PROVIDER, ENDED, NEXT

MOVES_MAX = 10_000
LEGAL = sorted((str(old), str(new)) for old, following in NEXT.items() for new in following)

_MOVE = """
    UPDATE orders_order AS o
       SET status = m.status,
           start_count = coalesce(m.start_count, o.start_count),
           remains = coalesce(m.remains, o.remains),
           served = coalesce(m.served, o.served),
           misses = 0,
           due_at = CASE WHEN m.status = ANY(%s) THEN NULL ELSE o.due_at END,
           claimed_until = NULL,
           closed_at = CASE WHEN m.status = o.status THEN o.closed_at
                            WHEN m.status = ANY(%s) THEN %s::timestamptz END
      FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::int[])
           AS m (id, status, start_count, remains, served)
     WHERE o.id = m.id
       AND (o.status = m.status OR (o.status, m.status) IN
            (SELECT * FROM unnest(%s::text[], %s::text[])))
    RETURNING o.id
"""


@dataclass(frozen=True, slots=True)
class Move:
    """Where an order goes and what is known of it now; None leaves a column as it is."""

    order_id: int
    status: str
    start_count: int | None = None
    remains: int | None = None
    served: int | None = None


def move_many(moves: Sequence[Move], *, now: datetime) -> set[int]:
    """Apply up to MOVES_MAX legal moves in one statement; returns the ids that were moved.

    A move that is not legal from the state the row is in now changes nothing.
    """
    if not moves:
        return set()
    if len(moves) > MOVES_MAX:
        raise ValueError(f"At most {MOVES_MAX} moves at once.")
    ended, settled = [str(s) for s in ENDED], [str(s) for s in ENDED | AT_PROVIDER]
    columns = (
        [m.order_id for m in moves],
        [str(m.status) for m in moves],
        [m.start_count for m in moves],
        [m.remains for m in moves],
        [m.served for m in moves],
    )
    froms, tos = [old for old, _ in LEGAL], [new for _, new in LEGAL]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [settled, ended, now, *columns, froms, tos])
        return {row[0] for row in cursor.fetchall()}
