"""A whole panel as processes, on a database of its own: web, and worker with clock or `work`."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from panel.embedded import broker
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 120.0
DEADLINE_S = 90.0
NO_BROKER = "redis://127.0.0.1:1/0"


def until(is_so, *, deadline_s=DEADLINE_S, told=lambda: ""):
    """Wait for a condition and return what made it true; fail with what is told when it is late."""
    ends_at = time.monotonic() + deadline_s
    while not (found := is_so()):
        assert time.monotonic() < ends_at, f"It did not happen in time. {told()}"
        time.sleep(0.1)
    return found


def database_url(name):
    """The address of a database on the server of this test run."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def create_database(name, *, like=None):
    """A database of that name, empty or a copy; one that an earlier run left is dropped."""
    drop_database(name)
    template = sql.Identifier(like or "template1")
    with psycopg.connect(database_url("postgres"), autocommit=True) as connection:
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template)
        connection.execute(words)


def drop_database(name):
    with psycopg.connect(database_url("postgres"), autocommit=True) as connection:
        words = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(words)


class Instance:
    """One panel. `folder` keeps its broker's socket and the logs of its programs."""

    def __init__(self, name: str, folder: Path, *, has_broker: bool = True) -> None:
        self.name, self.folder = name, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.database = f"weir_{name}_{os.getpid()}"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.broker = broker.locate(folder) if has_broker else None
        self.programs: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "panel.settings",
            "DATABASE_URL": database_url(self.database),
            "REDIS_URL": self.broker.url(0) if self.broker else NO_BROKER,
            "CACHE_URL": self.broker.url(1) if self.broker else NO_BROKER,
            "DATABASE_POOL_MAX": "8",
            "LOG_LEVEL": "INFO",
            "LOG_TRAFFIC": "true",
        }

    # -- programs ---------------------------------------------------------------------------

    def manage(self, *words: str) -> str:
        """Run a command to its end and answer what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
            timeout=START_TIMEOUT_S,
        )  # fmt: skip
        self.log("manage").open("a").write(done.stdout + done.stderr)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, program: str, *words: str) -> None:
        """Start a program: web, worker, clock, work or broker. `words` are added to its command."""
        with self.log(program).open("ab") as log:
            self.programs[program] = subprocess.Popen(
                [*self._command(program), *words],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        if program == "web":
            until(self.answers, deadline_s=START_TIMEOUT_S, told=self.log(program).read_text)
        if program == "broker":
            assert self.broker
            until(lambda: broker.is_ready(self.broker))

    def kill(self, program: str, number: int = signal.SIGKILL) -> int:
        """End a program with all that it started; returns how it ended."""
        process = self.programs.pop(program)
        os.killpg(process.pid, number)
        return process.wait(timeout=DEADLINE_S)

    def stop(self) -> None:
        for program in list(self.programs):
            if self.programs[program].poll() is None:
                self.kill(program)
        drop_database(self.database)

    def log(self, program: str) -> Path:
        return self.folder / f"{program}.log"

    def _command(self, program: str) -> list[str]:
        python = [sys.executable, "-m"]
        celery = [*python, "celery", "-A", "panel"]
        if program == "broker":
            assert self.broker
            return self.broker.program().command
        return {
            "web": [
                *python, "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port",
                str(self.port), "--no-ws", "--workers", "1", "--blocking-threads", "4",
                "panel.wsgi:application",
            ],
            "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO",
                       "--without-gossip", "--without-mingle"],
            "clock": [*celery, "beat", "--loglevel", "INFO", "--pidfile=", "--schedule",
                      str(self.folder / "schedule")],
            "work": [sys.executable, "manage.py", "work"],
        }[program.rstrip("23456789")]  # fmt: skip

    # -- what it says -----------------------------------------------------------------------

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def health(self) -> Any:
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as reply:
            return json.load(reply)

    def call(self, key: str, action: str, **fields: Any) -> Any:
        """What /api/v2 answers a customer."""
        return call(self.url, key, action, **fields)

    # -- what it knows ----------------------------------------------------------------------

    def rows(self, query: str, *values: Any) -> list[Any]:
        with psycopg.connect(database_url(self.database), autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def one(self, query: str, *values: Any) -> Any:
        return self.rows(query, *values)[0][0]

    def statuses(self) -> dict[str, int]:
        return dict(self.rows("SELECT status, count(*) FROM orders_order GROUP BY status"))

    def balance(self) -> Decimal:
        """What the one customer holds."""
        balance: Decimal = self.one("SELECT balance FROM orders_customer")
        return balance

    def let_time_pass(self) -> None:
        """Whatever is to be asked for some time is to be asked for now."""
        self.rows("UPDATE orders_pollbucket SET due_at = now() WHERE due_at > now()")
        self.rows("UPDATE orders_refill SET due_at = now() WHERE due_at > now()")

    def is_proven(self) -> bool:
        return "The book is sound." in self.manage("check_ledger")


def call(url: str, key: str, action: str, **fields: Any) -> Any:
    body = urlencode({"key": key, "action": action, **fields}).encode()
    with urllib.request.urlopen(f"{url}/api/v2", data=body, timeout=20) as reply:
        return json.load(reply)
