"""Waking a clock early, so that an order leaves within a second.

A nudge is a courtesy: it may be lost, doubled or late, because the clock comes anyway. So it
costs the one who nudges nothing: a thread of its own speaks to the broker.
"""

import os
import threading

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

GATHER_S = 0.1  # orders that arrive together leave together
EXPIRES_S = 10
PROVIDERS_MAX = 1_000
FORWARD = "panel.tasks.forward_provider"

log = structlog.get_logger(__name__)


class _Nudger:
    """Gathers the providers that have something to do and tells the workers."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Start from nothing: a forked process has this object, but neither its thread nor
        anybody to let go of a lock that the thread held at that moment.
        """
        self._changed = threading.Condition()
        self._waiting: set[int] = set()
        self._has_thread = False

    def add(self, provider_id: int) -> None:
        with self._changed:
            if len(self._waiting) < PROVIDERS_MAX:
                self._waiting.add(provider_id)
            if not self._has_thread:
                self._has_thread = True
                threading.Thread(target=self._run, name="nudger", daemon=True).start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                # To the end, whoever else comes: the next order is no reason to leave without it.
                self._changed.wait_for(lambda: False, GATHER_S)
                provider_ids, self._waiting = self._waiting, set()
            _tell(provider_ids)


def _tell(provider_ids: set[int]) -> None:
    try:
        for provider_id in sorted(provider_ids):
            current_app.send_task(FORWARD, [provider_id], expires=EXPIRES_S)
    except (OperationalError, OSError) as error:
        log.info("nudge_lost", error=type(error).__name__)


_nudger = _Nudger()
os.register_at_fork(after_in_child=_nudger.begin)


def forward_soon(provider_id: int | None) -> None:
    """Let a provider's due orders leave at once. Call it after the commit; it never fails."""
    if provider_id is not None:
        _nudger.add(provider_id)
