"""A customer buys: read what was entered, price it, charge it and leave a row that is due.

The way from a wish to a PENDING order is the panel's hottest: one statement reads the terms, one
writes order, charge and balance. Both are written by hand; nothing else here is.
"""

from orders.placing.buying import (
    IDEMPOTENCY_KEY_MAX,
    DuplicateLink,
    IdempotencyConflict,
    Placed,
    PriceChanged,
    link_digest,
    place_order,
)
from orders.placing.mass import (
    LINES_MAX,
    Line,
    LineOutcome,
    Mass,
    place_many,
    quote_many,
    read_mass,
)
from orders.placing.quoting import (
    ChargeTooLarge,
    OrderRefused,
    Quote,
    ServiceUnavailable,
    Terms,
    quote,
)

__all__ = [
    "IDEMPOTENCY_KEY_MAX",
    "LINES_MAX",
    "ChargeTooLarge",
    "DuplicateLink",
    "IdempotencyConflict",
    "Line",
    "LineOutcome",
    "Mass",
    "OrderRefused",
    "Placed",
    "PriceChanged",
    "Quote",
    "ServiceUnavailable",
    "Terms",
    "link_digest",
    "place_many",
    "place_order",
    "quote",
    "quote_many",
    "read_mass",
]
