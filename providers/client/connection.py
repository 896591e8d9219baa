"""How to reach one provider, in a form that threads may share, and its key kept out of sight."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from providers.models import Provider

EVIDENCE_MAX = 2_000
MASK = "***"
KEY_SURE_LEAST = 8
"""Characters from which on a key does not stand in an answer by chance."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Address, key and limits of one provider, detached from the database.

    `timeout_s` is the deadline of a whole call, from connecting to the last byte.
    """

    url: str
    api_key: str = field(repr=False)
    verify_tls: bool = True
    user_agent: str = "Weir/1.0"
    timeout_s: float = 30
    concurrency: int = 8
    allow_private_address: bool = False

    @classmethod
    def of(cls, provider: "Provider") -> "Connection":
        return cls(
            url=provider.url,
            api_key=str(provider.api_key),
            verify_tls=provider.verify_tls,
            user_agent=provider.user_agent,
            timeout_s=provider.timeout_s,
            concurrency=provider.concurrency,
            allow_private_address=provider.allow_private_address,
        )

    def mask(self, text: str) -> str:
        """The text with every spelling of the key replaced."""
        for spelling in _spellings(self.api_key):
            text = text.replace(spelling, MASK)
        return text

    def mask_answer(self, text: str) -> str:
        """As mask, for what is still to be read: with the key "1" no number would survive."""
        return self.mask(text) if len(self.api_key) >= KEY_SURE_LEAST else text

    def evidence(self, text: str) -> str:
        """The text without the key, fit to be stored: masked first, then cut at 2,000."""
        masked = self.mask(text).replace("\0", "")
        return masked.encode("utf-8", "replace").decode()[:EVIDENCE_MAX]


def _spellings(key: str) -> list[str]:
    in_json = json.dumps(key)[1:-1]
    spellings = {key, quote(key, safe=""), quote_plus(key), in_json, in_json.replace("/", "\\/")}
    return sorted(spellings - {""}, key=len, reverse=True)
