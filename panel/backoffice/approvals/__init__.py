"""Money moved by hand, from an amount on by two people: `move` is the one way in."""

from panel.backoffice.approvals.moving import (
    AskedBefore,
    Move,
    WantsSecond,
    book_alone,
    move,
    one_after_another,
    wants_second,
)

__all__ = [
    "AskedBefore",
    "Move",
    "WantsSecond",
    "book_alone",
    "move",
    "one_after_another",
    "wants_second",
]
