"""How providers did with the latest calls that changed something, in one query for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

CALLS_COUNTED = 200  # the latest ones of each provider

_FIGURES = """
    SELECT p.id,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY a.elapsed_ms),
           count(*) FILTER (WHERE a.outcome = 'accepted'),
           count(*)
      FROM unnest(%s::bigint[]) AS p (id)
     CROSS JOIN LATERAL (
           SELECT outcome, elapsed_ms FROM orders_attempt
            WHERE provider_id = p.id AND outcome <> 'open' ORDER BY id DESC LIMIT %s) AS a
     GROUP BY p.id
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the latest CALLS_COUNTED calls; times in milliseconds."""

    median_ms: float | None
    accepted: int
    calls: int

    @property
    def share(self) -> int:
        """Percent of the calls that were accepted."""
        return 100 * self.accepted // self.calls


def figures(provider_ids: Sequence[int]) -> dict[int, Figures]:
    """By provider; one that was never asked for anything is missing."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [list(provider_ids), CALLS_COUNTED])
        return {row[0]: Figures(*row[1:]) for row in cursor.fetchall()}
