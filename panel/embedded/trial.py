"""A whole panel in one console: servers, sandbox provider, web, worker and clock."""

import contextlib
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from panel.embedded import broker, postgres, servers, state
from panel.embedded.places import Unavailable
from panel.embedded.supervisor import Program, Supervisor

BASE_DIR = Path(__file__).resolve().parent.parent.parent
WEB_PROCESSES = 2
THREADS_PER_WEB_PROCESS = 4
WORKER_PROCESSES = 4
SANDBOX_SERVICES = 5_000
ANSWER_TIMEOUT_S = 60.0
PROBE_TIMEOUT_S = 1.0
ROOT_WARNING = "You're running the worker with superuser"  # a trial may
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def start_servers(supervisor: Supervisor, home: Path) -> None:
    """Start those servers whose address is ours; others are somebody else's to run."""
    if not _is_elsewhere("DATABASE_URL", prefix="postgres://weir@%2F"):
        cluster = postgres.locate(home)
        if cluster.url() == os.environ["DATABASE_URL"]:
            servers.start_database(supervisor, cluster)
    if not _is_elsewhere("REDIS_URL", prefix="unix://"):
        server = broker.locate(home)
        if server.url(0) == os.environ["REDIS_URL"]:
            servers.start_broker(supervisor, server)


def start_sandbox(supervisor: Supervisor, home: Path) -> str:
    """Start the demo provider and answer its address once it listens."""
    port = state.sandbox_port(home)
    words = ["--port", str(port), "--state", str(home / "sandbox.jsonl")]
    words += ["--services", str(SANDBOX_SERVICES), "--account", state.sandbox_key(home)]
    supervisor.start(_python("provider", "providers.sandbox", *words))
    if not supervisor.run(until=lambda: not state.is_free(port), timeout_s=ANSWER_TIMEOUT_S):
        raise Unavailable("The sandbox provider does not start: its lines above say why.")
    return f"http://{state.HOST}:{port}/api/v2"


def start_panel(supervisor: Supervisor, home: Path, port: int) -> str:
    """Start web, worker and clock and answer the panel's address once it answers."""
    web = ["--interface", "wsgi", "--host", state.HOST, "--port", str(port), "--no-ws"]
    web += ["--workers", str(WEB_PROCESSES), "--blocking-threads", str(THREADS_PER_WEB_PROCESS)]
    web += ["--respawn-failed-workers", "--log-level", "warning", "panel.wsgi:application"]
    worker = ["-q", "-A", "panel", "worker", "--concurrency", str(WORKER_PROCESSES)]
    worker += ["--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    clock = ["-q", "-A", "panel", "beat", "--loglevel", "WARNING", "--pidfile="]
    clock += ["--schedule", str(home / "beat-schedule")]
    supervisor.start(_python("web", "granian", *web))
    supervisor.start(_python("worker", "celery", *worker))
    supervisor.start(_python("clock", "celery", *clock))
    address = f"http://{state.HOST}:{port}"
    if not supervisor.run(until=lambda: _answers(address), timeout_s=ANSWER_TIMEOUT_S):
        raise Unavailable("The panel does not answer: its lines above say why.")
    return address


@contextlib.contextmanager
def stopping_in_order(supervisor: Supervisor) -> Iterator[None]:
    """Turn Ctrl-C and polite signals into an ordered stop; a second one makes it hurry.

    Raises KeyboardInterrupt again when everything has stopped.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def hurry(number: int, frame: FrameType | None) -> None:
        supervisor.hurry()

    _on_stop_signals(interrupt)
    try:
        yield
    except KeyboardInterrupt:
        print("\nStopping ...", file=sys.stderr)
        raise
    finally:
        _on_stop_signals(hurry)
        supervisor.stop()


def _on_stop_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, handler)


def _python(name: str, module: str, *words: str) -> Program:
    command = [sys.executable, "-W", f"ignore:{ROOT_WARNING}", "-m", module, *words]
    return Program(name, command, folder=BASE_DIR)


def _is_elsewhere(variable: str, *, prefix: str) -> bool:
    """Whether the address cannot be one of ours (then its wheel need not be there either)."""
    return not os.environ[variable].startswith(prefix)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=PROBE_TIMEOUT_S) as reply:  # noqa: S310
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False
