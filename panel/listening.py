"""A worker that hears nothing ends itself; whoever runs it starts it again.

After the broker was away, a worker may come back alive but deaf, for days. The clocks speak so
often that silence means deafness, or that there is nobody to listen to: then starting again does
no harm. A worker that is busy is left alone, for a call that is cut off is an unknown order.
"""

import os
import signal
import threading
import time
from typing import Any

import structlog
from celery import bootsteps
from celery.signals import task_received
from celery.worker import state
from django.conf import settings

LOOK_EVERY_S = 5.0
PATIENCE_S = 20.0
EXIT_DEAF = 70

log = structlog.get_logger(__name__)


class Listening(bootsteps.StartStopStep):
    """Runs in a worker's main process, which is the one that hears."""

    requires = {"celery.worker.components:Pool"}

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._deaf_after_s = settings.WORKER_DEAF_AFTER_S
        self._heard_at = time.monotonic()
        self._stopped = threading.Event()

    def start(self, worker: Any) -> None:
        self._heard_at = time.monotonic()
        task_received.connect(self._hear, weak=False)
        threading.Thread(target=self._watch, name="listening", daemon=True).start()

    def stop(self, worker: Any) -> None:
        self._stopped.set()

    def is_deaf(self) -> bool:
        """Whether nothing was heard for too long although nothing kept it from listening."""
        if state.reserved_requests or state.active_requests:
            self._hear()
        return time.monotonic() - self._heard_at > self._deaf_after_s

    def _hear(self, **kwargs: Any) -> None:
        self._heard_at = time.monotonic()

    def _watch(self) -> None:
        while not self._stopped.wait(min(LOOK_EVERY_S, self._deaf_after_s)):
            if self.is_deaf():
                log.error("worker_deaf", silent_s=round(time.monotonic() - self._heard_at))
                self._end()

    def _end(self) -> None:
        """Politely first; one that does not hear that either has nothing under way to lose."""
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PATIENCE_S)
        os._exit(EXIT_DEAF)
