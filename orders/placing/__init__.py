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
    read_mass,
)
from orders.placing.mass_orders import (
    LIST_LINES_MAX,
    ListRefused,
    ListStarted,
    backlog,
    draft_mass,
    due_masses,
    ordered_before,
    place_slice,
    start_mass,
)
from orders.placing.quoting import (
    ChargeTooLarge,
    OrderRefused,
    Quote,
    RefusedByPolicy,
    ServiceUnavailable,
    Terms,
    quote,
)
from orders.placing.rehearsing import quote_many

__all__ = [
    "IDEMPOTENCY_KEY_MAX",
    "LINES_MAX",
    "LIST_LINES_MAX",
    "ChargeTooLarge",
    "DuplicateLink",
    "IdempotencyConflict",
    "Line",
    "LineOutcome",
    "ListRefused",
    "ListStarted",
    "Mass",
    "OrderRefused",
    "Placed",
    "PriceChanged",
    "Quote",
    "RefusedByPolicy",
    "ServiceUnavailable",
    "Terms",
    "backlog",
    "draft_mass",
    "due_masses",
    "link_digest",
    "ordered_before",
    "place_many",
    "place_order",
    "place_slice",
    "quote",
    "quote_many",
    "read_mass",
    "start_mass",
]
