"""The protocol as a client. The only place that speaks HTTP to a provider.

Reads (`services`, `statuses`, `refill_statuses`, `balance`) raise ProviderFailed. Calls that
change something (`add`, `refill`, `cancel`) never raise for outside reasons: they return what is
known about the call, and Silent means that nobody can know.
"""

from providers.client.connection import Connection
from providers.client.outcomes import (
    Accepted,
    Answered,
    ProviderFailed,
    Refused,
    ServiceList,
    Silent,
    Unreachable,
)
from providers.client.reads import IDS_MAX, balance, refill_statuses, services, statuses
from providers.client.writes import add, cancel, refill

__all__ = [
    "IDS_MAX",
    "Accepted",
    "Answered",
    "Connection",
    "ProviderFailed",
    "Refused",
    "ServiceList",
    "Silent",
    "Unreachable",
    "add",
    "balance",
    "cancel",
    "refill",
    "refill_statuses",
    "services",
    "statuses",
]
