"""What providers took from our balances, held against what our orders cost.

``reckoning`` keeps one row for each provider and day, ``days`` shows them with what staff noted
besides, ``suspecting`` names the orders that a difference may belong to.
"""

from orders.reconciling.days import (
    DAYS_MAX,
    TOLERANCE,
    AlreadyNoted,
    Day,
    between,
    note_top_up,
    of_provider,
    readings_of,
)
from orders.reconciling.reckoning import AGAIN_DAYS, KEPT, forget_old, reckon_due
from orders.reconciling.suspecting import SUSPECTS_MAX, Suspect, suspects

__all__ = [
    "AGAIN_DAYS",
    "DAYS_MAX",
    "KEPT",
    "SUSPECTS_MAX",
    "TOLERANCE",
    "AlreadyNoted",
    "Day",
    "Suspect",
    "between",
    "forget_old",
    "note_top_up",
    "of_provider",
    "readings_of",
    "reckon_due",
    "suspects",
]
