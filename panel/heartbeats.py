"""The pulse of the jobs: written by the worker that ran one, read by whoever watches.

A job is late when it did not run for its period and LATE_S more: its clock stands still, no
worker is there, or the worker no longer hears its broker.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from celery import current_app

from panel.clock import database_now
from panel.models import Heartbeat

LATE_S = 60
ERROR_MAX = 500
_BEGAN_S = time.monotonic()


class Backlog(Protocol):
    """What a verb of the trade says about its due rows."""

    @property
    def rows(self) -> int: ...
    @property
    def oldest_due_at(self) -> datetime | None: ...


@dataclass(slots=True)
class Pulse:
    """What a job tells about its run."""

    now: datetime
    done: int = 0
    rows: int = 0
    oldest_due_at: datetime | None = None
    started: float = field(default_factory=time.monotonic)

    def due(self, backlog: Backlog) -> None:
        self.rows, self.oldest_due_at = backlog.rows, backlog.oldest_due_at


@contextmanager
def pulse(job: str) -> Iterator[Pulse]:
    """Run a job's body and note when it ran, how long, how much is due, and its error if any."""
    told = Pulse(now=database_now())
    error = ""
    try:
        yield told
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"[:ERROR_MAX]
        raise
    finally:
        _write(job, told, error=error)


def stopped(now: datetime) -> list[str]:
    """The jobs that are late, by name; where none ever ran, all are."""
    pulses = list(Heartbeat.objects.values_list("job", "ran_at", "first_at"))
    ran_at = {job: latest for job, latest, _first in pulses}
    began_at = _awaited_since([first for _job, _latest, first in pulses], now)
    last_at = {job: ran_at.get(job, began_at) for job in periods()}
    return [job for job, period_s in periods().items() if _is_late(last_at[job], period_s, now)]


def oldest_due_at() -> datetime | None:
    """Since when the oldest order waits for its provider, as the last look found it."""
    orders = Heartbeat.objects.filter(job="forward_orders")
    return orders.values_list("oldest_due_at", flat=True).first()


def periods() -> dict[str, float]:
    """Every clock and its period in seconds, as the one list of clocks has them."""
    schedule = current_app.conf.beat_schedule
    return {job: _seconds(entry["schedule"]) for job, entry in schedule.items()}


def _awaited_since(firsts: list[datetime], now: datetime) -> datetime | None:
    """Since when a job should have run that never did: since clocks tick, and since this process
    is there, for an update may have brought the job along. None: no clock ever ticked.
    """
    process_began_at = now - timedelta(seconds=time.monotonic() - _BEGAN_S)
    return max(min(firsts), process_began_at) if firsts else None


def _is_late(last_at: datetime | None, period_s: float, now: datetime) -> bool:
    return last_at is None or last_at < now - timedelta(seconds=period_s + LATE_S)


def _seconds(schedule: object) -> float:
    return schedule.total_seconds() if isinstance(schedule, timedelta) else float(str(schedule))


def _write(job: str, told: Pulse, *, error: str) -> None:
    columns = {
        "ran_at": told.now,
        "took_ms": round((time.monotonic() - told.started) * 1_000),
        "done": told.done,
        "backlog": told.rows,
        "oldest_due_at": told.oldest_due_at,
        "error": error,
    }
    Heartbeat.objects.update_or_create(job=job, defaults=columns)
