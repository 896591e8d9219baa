"""Refills and cancels on their way to a provider: rounds of them, and what an answer says."""

from orders.wishes.answers import Reply, backoff, read_outcome
from orders.wishes.rounds import Errand, Sending, expire_claims, forward, note, write

__all__ = [
    "Errand",
    "Reply",
    "Sending",
    "backoff",
    "expire_claims",
    "forward",
    "note",
    "read_outcome",
    "write",
]
