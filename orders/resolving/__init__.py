"""Orders about which nobody knows whether their provider has them: evidence, and the three answers.

`deciding` holds the answers of a person, `evidence` what they are decided by, `doubting` what
speaks against sending again, `probing` the machine's own way to an answer where ids grow.
"""

from orders.resolving.deciding import (
    NotConfirmed,
    NotUnknown,
    refund,
    was_not_placed,
    was_placed,
)
from orders.resolving.doubting import Doubt, Ground, doubts
from orders.resolving.evidence import Evidence, candidates, evidence, unconfirmed
from orders.resolving.probing import Probe, due_providers, probe_gaps

__all__ = [
    "Doubt",
    "Evidence",
    "Ground",
    "NotConfirmed",
    "NotUnknown",
    "Probe",
    "candidates",
    "doubts",
    "due_providers",
    "evidence",
    "probe_gaps",
    "refund",
    "unconfirmed",
    "was_not_placed",
    "was_placed",
]
