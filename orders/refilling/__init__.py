"""The provider makes a shrunken order whole: asked for, sent once, followed to its end."""

from orders.refilling.answering import (
    RefillMoved,
    complete_refill,
    refill_was_not_placed,
    refill_was_placed,
    reject_refill,
    send_refill_now,
)
from orders.refilling.due import backlog, due_providers
from orders.refilling.following import poll_refills
from orders.refilling.requesting import (
    IncorrectOrder,
    NotEnded,
    RefillDaysOver,
    RefillDisabled,
    RefillRefused,
    RefillTooSoon,
    request_refill,
)
from orders.refilling.sending import expire_claims, forward_refills

__all__ = [
    "IncorrectOrder",
    "NotEnded",
    "RefillDaysOver",
    "RefillDisabled",
    "RefillMoved",
    "RefillRefused",
    "RefillTooSoon",
    "backlog",
    "complete_refill",
    "due_providers",
    "expire_claims",
    "forward_refills",
    "poll_refills",
    "refill_was_not_placed",
    "refill_was_placed",
    "reject_refill",
    "request_refill",
    "send_refill_now",
]
