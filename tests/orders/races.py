"""Races with real threads and connections: all at once, or one behind another that holds on."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

DEADLINE_S = 60.0  # only what hangs waits so long
LOOK_EVERY_S = 0.01


def together(deeds: list[Callable[[], Any]]) -> list[Any]:
    """Start all deeds at the same moment; each one's result or the exception that it raised."""
    barrier = threading.Barrier(len(deeds))
    with ThreadPoolExecutor(len(deeds)) as threads:
        running = [threads.submit(_behind, barrier, deed) for deed in deeds]
    return [future.exception() or future.result() for future in running]


def beside(deed: Callable[[], Any]) -> "Future[Any]":
    """Start ``deed`` in a thread of its own; its result is there when its connection is closed."""
    outcome: Future[Any] = Future()
    threading.Thread(target=_hand_over, args=(deed, outcome), daemon=True).start()
    return outcome


@contextmanager
def while_it_waits(
    deed: Callable[[], Any], *, then: Callable[[], Any] = lambda: None
) -> Iterator["Future[Any]"]:
    """Open a transaction, do the block's statements in it, and commit only when ``deed``, run by
    another thread, waits for one of their locks; ``then`` comes last before the commit.

    The result of ``deed`` is there after the block.
    """
    outcome: Future[Any] = Future()
    thread = threading.Thread(target=_hand_over, args=(deed, outcome), daemon=True)
    with transaction.atomic():
        yield outcome
        thread.start()
        _until_somebody_waits(outcome)
        then()
    thread.join(DEADLINE_S)


def _behind(barrier: threading.Barrier, deed: Callable[[], Any]) -> Any:
    connection.ensure_connection()
    barrier.wait(DEADLINE_S)
    return _with_own_connection(deed)


def _with_own_connection(deed: Callable[[], Any]) -> Any:
    try:
        return deed()
    finally:
        connection.close()


def _hand_over(deed: Callable[[], Any], outcome: "Future[Any]") -> None:
    try:
        outcome.set_result(_with_own_connection(deed))
    except Exception as error:  # noqa: BLE001  (raised again where the outcome is asked for)
        outcome.set_exception(error)


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


def _until_somebody_waits(outcome: "Future[Any]") -> None:
    end = time.monotonic() + DEADLINE_S
    while not _somebody_waits_for_us():
        assert not outcome.done(), "It did not wait for our transaction."
        assert time.monotonic() < end, "Nobody came to wait for our transaction."
        time.sleep(LOOK_EVERY_S)
