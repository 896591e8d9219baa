"""The words of other panels: state words, and what a refusal is about. Edit the tables freely."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

REPEATED_LEAST = 4
"""Characters from which on a text that was sent is looked for in the answer."""

_FILLING = re.compile(r"[\s_\-]+")


def fold(text: str) -> str:
    """The text without case, blanks, `_` and `-`: "In progress" and "in_Progress" are one word."""
    return _FILLING.sub("", text.lower())


class UpstreamState(StrEnum):
    """What a provider says about an order."""

    PENDING = "pending"
    PROCESSING = "processing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    PARTIAL = "partial"
    CANCELED = "canceled"
    NEEDS_PERSON = "needs_person"
    ACTIVE = "active"
    PAUSED = "paused"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class RefillState(StrEnum):
    """What a provider says about a refill."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    REJECTED = "rejected"
    ERROR = "error"
    UNKNOWN = "unknown"


class RefusalReason(StrEnum):
    """What a refusal is about. It never decides whether an order was refused, only what follows."""

    NO_FUNDS = "no_funds"
    BAD_KEY = "bad_key"
    DUPLICATE_LINK = "duplicate_link"
    RATE_LIMITED = "rate_limited"
    OTHER = "other"


STATE_WORDS: Mapping[UpstreamState, tuple[str, ...]] = {
    UpstreamState.PENDING: ("pending", "awaiting", "", "0"),
    UpstreamState.PROCESSING: ("processing", "process", "1"),
    UpstreamState.IN_PROGRESS: ("in progress", "progress"),
    UpstreamState.COMPLETED: ("completed", "complete", "success", "2"),
    UpstreamState.PARTIAL: ("partial", "partially completed", "partial complete", "3"),
    UpstreamState.CANCELED: (
        *("canceled", "cancelled", "cancel", "canelled", "4"),
        *("refunded", "refund", "5"),
    ),
    UpstreamState.NEEDS_PERSON: ("error", "fail", "failed", "rejected", "suspended"),
    UpstreamState.ACTIVE: ("active",),
    UpstreamState.PAUSED: ("paused",),
    UpstreamState.EXPIRED: ("expired",),
}

REFILL_WORDS: Mapping[RefillState, tuple[str, ...]] = {
    RefillState.PENDING: ("pending", "awaiting", "", "0"),
    RefillState.IN_PROGRESS: ("in progress", "progress", "processing", "refilling"),
    RefillState.COMPLETED: ("completed", "complete", "success", "refilled"),
    RefillState.REJECTED: ("rejected", "canceled", "cancelled", "refused", "declined"),
    RefillState.ERROR: ("error", "fail", "failed"),
}

# Looked for in this order, folded, anywhere in the text. The first hit wins.
REFUSAL_WORDING: Mapping[RefusalReason, tuple[str, ...]] = {
    RefusalReason.DUPLICATE_LINK: (
        *("active order with this link", "order with this link", "wait until order being"),
        *("already have an active order", "duplicate order", "link is already in"),
    ),
    RefusalReason.RATE_LIMITED: (
        *("too many requests", "rate limit", "slow down", "request limit", "throttl"),
    ),
    RefusalReason.BAD_KEY: (
        *("invalid api key", "incorrect api key", "wrong api key", "bad api key", "invalid key"),
        *("incorrect key", "wrong key", "api key is", "unknown key", "invalid token"),
        *("unauthori", "unauthenticated", "account is suspended", "account is inactive"),
        *("user inactive", "user not found", "geçersiz api", "clave api", "неверный ключ"),
    ),
    RefusalReason.NO_FUNDS: (
        *("not enough funds", "not enough balance", "not enough money", "insufficient"),
        *("low balance", "no funds", "not have enough", "out of funds", "bakiye yetersiz"),
        *("yetersiz bakiye", "saldo insuficiente", "fondos insuficientes", "недостаточно"),
        *("solde insuffisant", "saldo tidak cukup", "nicht genug guthaben"),
    ),
}


def upstream_state(word: Any) -> UpstreamState:
    """The state that a word or code means; UNKNOWN for anything that is not in the table."""
    folded = _folded(word)
    return UpstreamState.UNKNOWN if folded is None else _STATES.get(folded, UpstreamState.UNKNOWN)


def refill_state(word: Any) -> RefillState:
    """As upstream_state, for refills; `tasks.status.completed` is read by its last part."""
    folded = _folded(word)
    if folded is None:
        return RefillState.UNKNOWN
    return _REFILL_STATES.get(folded.rpartition(".")[2], RefillState.UNKNOWN)


def refusal_reason(text: str, *, sent: Iterable[str] = ()) -> RefusalReason:
    """What the text of an error is about. What it repeats of ``sent`` are not the provider's words.

    Else a customer's link to a page named "not-enough-funds" would read as our empty account.
    """
    folded = fold(text)
    repeated = {fold(line) for value in sent for line in (value, *value.splitlines())}
    for part in sorted(repeated, key=len, reverse=True):
        if len(part) >= REPEATED_LEAST:
            folded = folded.replace(part, "")
    for reason, wordings in _REFUSALS.items():
        if any(wording in folded for wording in wordings):
            return reason
    return RefusalReason.OTHER


def _folded(word: Any) -> str | None:
    if isinstance(word, bool) or not isinstance(word, str | int):
        return None
    plain = str(word).strip()
    folded = fold(plain)
    # A code is taken as it stands: folding would make "canceled" of -5.
    return folded if plain == folded or not folded.isdigit() else None


_STATES = {fold(word): state for state, words in STATE_WORDS.items() for word in words}
_REFILL_STATES = {fold(word): state for state, words in REFILL_WORDS.items() for word in words}
_REFUSALS = {
    reason: tuple(fold(wording) for wording in wordings)
    for reason, wordings in REFUSAL_WORDING.items()
}
