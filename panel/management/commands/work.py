"""`manage.py work`: every clock's ticks in one process, without beat and without a broker.

For a small panel, for a broker that is gone, and with --rounds for a crontab.
"""

import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import structlog
from celery import current_app
from django.core.management.base import BaseCommand
from django.db import connection

from panel import tasks
from panel.heartbeats import periods

SECONDS_MAX = 366 * 24 * 3600
ROUNDS_MAX = 1_000_000
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Each clock has a thread of its own, so that a slow provider holds up one verb only."""

    help = "Run the panel's jobs in this process; no clock, worker or broker is needed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=SECONDS_MAX, help="stop after these")
        parser.add_argument(
            "--rounds", type=int, help="let each clock tick this often without a pause, then stop"
        )

    def handle(self, *, seconds: float, rounds: int | None, **options: Any) -> None:
        stop = threading.Event()
        clocks = [
            threading.Thread(target=_run, args=(name, period_s, stop, rounds), name=name)
            for name, period_s in periods().items()
        ]
        with _started_here(), _stopping(stop):
            for clock in clocks:
                clock.start()
            _wait(clocks, stop, min(seconds, SECONDS_MAX))
            stop.set()
            for clock in clocks:
                clock.join()


def _run(name: str, period_s: float, stop: threading.Event, rounds: int | None) -> None:
    """Let one clock tick until it is over; a tick that fails is logged, the next one comes."""
    left = ROUNDS_MAX if rounds is None else min(rounds, ROUNDS_MAX)
    while left > 0 and not stop.is_set():
        began = time.monotonic()
        getattr(tasks, name).apply()
        connection.close()
        left -= 1
        if rounds is None:
            stop.wait(max(0.0, period_s - (time.monotonic() - began)))


def _wait(clocks: list[threading.Thread], stop: threading.Event, seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    while any(clock.is_alive() for clock in clocks) and time.monotonic() < ends_at:
        if stop.wait(0.1):
            return


@contextmanager
def _started_here() -> Iterator[None]:
    """What a clock starts for a provider runs at once in the clock's thread, unpublished."""
    before = current_app.conf.task_always_eager
    current_app.conf.task_always_eager = True
    try:
        yield
    finally:
        current_app.conf.task_always_eager = before


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """A polite signal lets the ticks that are under way come to their end."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
