"""What a benchmark runs on: a database that is thrown away, and web servers on 127.0.0.1."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE = "weir_bench"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0
LOOK_EVERY_S = 0.05
WEB_PROCESSES = 2
THREADS_PER_WEB_PROCESS = 4


class DidNotStart(Exception):
    """A program does not listen; its own lines say why."""


@contextlib.contextmanager
def throw_away_database() -> Iterator[None]:
    """Migrate a new database, use it, and drop it, whatever happens in between."""
    was = connection.settings_dict["NAME"]
    _let_go()
    connection.settings_dict["TEST"]["NAME"] = DATABASE
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        _let_go()
        connection.creation.destroy_test_db(was, verbosity=0)


def _let_go() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


@contextlib.contextmanager
def web_server(module: str, *, settings: str) -> Iterator[int]:
    """A granian for ``module``, set as the trial's, on the database in use; its port."""
    port = free_port()
    words = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--no-ws", "--workers", str(WEB_PROCESSES), "--log-level", "warning"]
    words += ["--blocking-threads", str(THREADS_PER_WEB_PROCESS), f"{module}:application"]
    with program(words, port=port, DJANGO_SETTINGS_MODULE=settings, DATABASE_URL=_address()):
        yield port


@contextlib.contextmanager
def program(words: list[str], *, port: int, **environment: str) -> Iterator[None]:
    """Run a Python module until the end of the block; wait until it listens on ``port``."""
    process = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, env={**os.environ, **environment}
    )
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(LOOK_EVERY_S)
    raise DidNotStart(f"{process.args!r} does not listen on port {port}.")


def _address() -> str:
    """DATABASE_URL with the name of the database that is in use now."""
    before, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return f"{before}/{connection.settings_dict['NAME']}"
