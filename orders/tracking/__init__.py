"""Provider answers become states: every open order is asked for once per cycle, none starves.

Buckets of a hundred orders carry the schedule (`claiming`, `pacing`), calls run in parallel
(`asking`), each answer is judged by itself (`judging`), and a few statements write what changed
(`recording`, `metering`). Money that goes back in unusual amounts waits (`braking`).
"""

from orders.tracking.braking import dismiss, is_on, release
from orders.tracking.polling import CLAIM_MAX, Cycle, backlog, due_providers, poll_due

__all__ = [
    "CLAIM_MAX",
    "Cycle",
    "backlog",
    "dismiss",
    "due_providers",
    "is_on",
    "poll_due",
    "release",
]
