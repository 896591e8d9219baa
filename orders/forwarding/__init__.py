"""Paid orders go to their provider, at most once.

`rounds` is the way of one round: `claiming` takes due rows and commits, `checking` looks whether
each may still be sent (`sources`, margin), `sending` opens attempts and calls in threads,
`recording` writes what came of it. `waiting` looks after what waits: the queue, holds, reroutes.
"""

from orders.forwarding.claiming import CLAIM_MAX, expire_claims
from orders.forwarding.rounds import Round, forward_due
from orders.forwarding.waiting import (
    Backlog,
    NotHeld,
    backlog,
    due_providers,
    hold,
    reconsider,
    release,
)

__all__ = [
    "CLAIM_MAX",
    "Backlog",
    "NotHeld",
    "Round",
    "backlog",
    "due_providers",
    "expire_claims",
    "forward_due",
    "hold",
    "reconsider",
    "release",
]
