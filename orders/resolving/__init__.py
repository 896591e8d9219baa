"""Orders about which nobody knows whether their provider has them: evidence, and the three answers.

`deciding` holds the answers of a person, `evidence` what they are decided by, `probing` the
machine's own way to an answer where ids are growing numbers.
"""

from orders.resolving.deciding import (
    NotConfirmed,
    NotUnknown,
    refund,
    was_not_placed,
    was_placed,
)
from orders.resolving.evidence import Evidence, candidates, evidence, unconfirmed
from orders.resolving.probing import Probe, due_providers, probe_gaps

__all__ = [
    "Evidence",
    "NotConfirmed",
    "NotUnknown",
    "Probe",
    "candidates",
    "due_providers",
    "evidence",
    "probe_gaps",
    "refund",
    "unconfirmed",
    "was_not_placed",
    "was_placed",
]
