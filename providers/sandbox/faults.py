"""Misbehaviour on demand: which fault strikes which request, and how often."""

import itertools
import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# Kind: whether the request is still worked on (an order accepted) when this fault strikes.
KINDS: dict[str, bool] = {
    "latency_ms": True,
    "refuse": False,
    "drop_before": False,
    "drop_after": True,
    "reset_before": False,
    "reset_after": True,
    "timeout_before": False,
    "timeout_after": True,
    "late_accept": False,
    "html200": True,
    "empty": True,
    "truncated": True,
    "bom": True,
    "php_warning": True,
    "gzip": True,
    "raw": False,
    "json": False,
    "http": False,
    "slow_drip": True,
    "unknown_word": True,
    "missing_ids": True,
    "foreign_ids": True,
    "reuse_id": True,
    "no_id": True,
    "price_factor": True,
    "shrink": True,
    "empty_list": True,
    "error_list": True,
    "malformed_rows": True,
    "duplicate_ids": True,
    "renamed": True,
}


class UnknownFault(ValueError):
    """There is no fault of this kind."""


@dataclass(slots=True)
class Fault:
    """One misbehaviour. None in a scope field means "any"; `times` None means "until cleared".

    `accepts` says whether the request is worked on all the same; the default is by kind.
    """

    kind: str
    value: Any = None
    action: str | None = None
    service: str | None = None
    key: str | None = None
    times: int | None = None
    probability: float = 1.0
    accepts: bool | None = None
    id: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownFault(f"unknown fault {self.kind}; there are: {', '.join(KINDS)}")
        if self.accepts is None:
            self.accepts = KINDS[self.kind]
        self.service = None if self.service is None else str(self.service)

    def fits(self, action: str, service: str, key: str) -> bool:
        return (
            self.action in (None, action)
            and self.service in (None, service)
            and self.key in (None, key)
            and (self.times is None or self.struck < self.times)
        )


class Faults:
    """All faults that are switched on, in the order in which they were set."""

    def __init__(self, *, seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self.active: list[Fault] = []

    def set(self, fault: Fault) -> int:
        with self._lock:
            fault.id = next(self._ids)
            self.active.append(fault)
            return fault.id

    def clear(self, fault_id: int | None = None) -> None:
        with self._lock:
            self.active = [fault for fault in self.active if fault_id not in (None, fault.id)]

    def strike(self, action: str, service: str, key: str) -> list[Fault]:
        """The faults that strike this request; each counts it against its `times`."""
        if not self.active:
            return []
        with self._lock:
            struck = [
                fault
                for fault in self.active
                if fault.fits(action, service, key) and self._chance.random() < fault.probability
            ]
            for fault in struck:
                fault.struck += 1
            return struck


def first(faults: Iterable[Fault], *kinds: str) -> Fault | None:
    return next((fault for fault in faults if fault.kind in kinds), None)
