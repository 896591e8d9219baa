"""Their words turned into ours: all tolerance for how providers speak, and no network.

`body` makes a document of the bytes, `values` reads single values strictly, `words` holds the
tables of states and refusals, `listing`, `reports` and `answers` read whole replies.
"""

from providers.wire.answers import (
    AddReply,
    Requested,
    read_add,
    read_balance,
    read_cancels,
    read_refills,
)
from providers.wire.body import Document, SaysError, Unreadable, decode, error_text, parse
from providers.wire.listing import ListedOffer, Skipped, read_services
from providers.wire.reports import (
    Problem,
    RefillReport,
    StatusReport,
    read_refill_statuses,
    read_statuses,
)
from providers.wire.values import (
    flag,
    is_absent,
    strict_decimal,
    strict_integer,
    strict_text,
    upstream_id,
)
from providers.wire.words import (
    RefillState,
    RefusalReason,
    UpstreamState,
    fold,
    refill_state,
    refusal_reason,
    upstream_state,
)

__all__ = [
    "AddReply",
    "Document",
    "ListedOffer",
    "Problem",
    "RefillReport",
    "RefillState",
    "RefusalReason",
    "Requested",
    "SaysError",
    "Skipped",
    "StatusReport",
    "Unreadable",
    "UpstreamState",
    "decode",
    "error_text",
    "flag",
    "fold",
    "is_absent",
    "parse",
    "read_add",
    "read_balance",
    "read_cancels",
    "read_refill_statuses",
    "read_refills",
    "read_services",
    "read_statuses",
    "refill_state",
    "refusal_reason",
    "strict_decimal",
    "strict_integer",
    "strict_text",
    "upstream_id",
    "upstream_state",
]
