"""One trial panel, `manage.py up` with all its programs, for everything that is done to it."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import psycopg
import pytest
import redis

from orders.forwarding.claiming import LEASE_SLACK_S, ROUND_S
from panel.embedded import places
from tests.ground.test_up import Panel
from tests.ports import free_port
from tests.whole.instance import ROOT, call, until

LEASE_DEADLINES = 3
MARKS = {
    "web": "granian",
    "worker": "\0worker\0",
    "clock": "\0beat\0",
    "broker": "valkey-server",
    "database": "/bin/postgres",
}


class Trial:
    """What a test does to a running trial panel, and what it looks at afterwards."""

    def __init__(self, panel):
        self.panel = panel
        self.serial = 0

    # -- a customer -------------------------------------------------------------------------

    def call(self, action, **fields):
        return call(self.known["url"], self.known["api_key"], action, **fields)

    def place(self, count=1, **fields):
        """Place orders, each for a link of its own, asking again until each is answered."""
        return [self._place_one(**fields) for _ in range(count)]

    def _place_one(self, **fields):
        self.serial += 1
        wanted = {
            **self.known["order"],
            "link": f"https://chaos.example/{self.serial}",
            "idempotency_key": f"chaos-{self.serial}",
            **fields,
        }
        return until(lambda: self._accepted(wanted))

    def _accepted(self, wanted):
        try:
            return self.call("add", **wanted).get("order")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    # -- its programs -----------------------------------------------------------------------

    @property
    def known(self):
        return self.panel.trial()

    def pid(self, program):
        """The process id of a program of the trial; waits for one that is being revived."""
        return until(lambda: next(iter(self._pids(program)), None))

    def children(self, program):
        return _children_of(self.pid(program))

    def _pids(self, program):
        for pid in _children_of(self.panel.process.pid):
            if MARKS[program] in _read(f"/proc/{pid}/cmdline"):
                yield pid

    def kill(self, program, number=signal.SIGKILL):
        """End a program and wait until the console has started it again."""
        before = self.pid(program)
        os.kill(before, number)
        until(lambda: self.pid(program) != before)

    def environment(self):
        words = _read(f"/proc/{self.pid('web')}/environ").split("\0")
        return dict(word.split("=", 1) for word in words if "=" in word)

    def second(self, *words):
        """One more program in the panel's own surroundings."""
        return subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env=self.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def manage(self, *words):
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment(),
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def redis(self):
        return redis.Redis.from_url(self.environment()["REDIS_URL"].split("?")[0])

    # -- its provider -----------------------------------------------------------------------

    def sandbox(self, name, **given):
        address = self.known["sandbox_url"].replace("/api/v2", f"/_sandbox/{name}")
        request = urllib.request.Request(address, data=json.dumps(given).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def adds(self):
        return self.sandbox("received")["actions"].get("add", 0)

    def arrived(self, order_ids):
        """How often each of these orders is in the sandbox's book."""
        links = dict(self.rows("SELECT link, id FROM orders_order WHERE id = ANY(%s)", order_ids))
        counted = Counter(
            links.get(order["params"].get("link")) for order in self.sandbox("received")["orders"]
        )
        return {order_id: counted[order_id] for order_id in order_ids}

    # -- its rows ---------------------------------------------------------------------------

    def rows(self, query, *values):
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    @property
    def database_url(self):
        return self.environment()["DATABASE_URL"]

    def statuses(self, order_ids):
        query = "SELECT id, status FROM orders_order WHERE id = ANY(%s)"
        return dict(self.rows(query, order_ids))

    def until_forwarded(self, order_ids):
        """Wait until the provider has taken every one of these orders."""
        query = "SELECT count(*) FROM orders_order WHERE id = ANY(%s) AND upstream_id IS NOT NULL"
        until(
            lambda: self.rows(query, order_ids) == [(len(order_ids),)],
            told=lambda: str(self.statuses(order_ids)),
        )

    def let_leases_end(self, *, age_s=0):
        """Let the lease be over of every order that was claimed (or is being sent) so long ago."""
        ((timeout_s,),) = self.rows("SELECT timeout_s FROM providers_provider")
        self.rows(
            "UPDATE orders_order AS o SET claimed_until = now() - interval '1 second'"
            " WHERE status = 'submitting' AND claimed_until < now() + make_interval(secs =>"
            "   CASE WHEN EXISTS (SELECT FROM orders_attempt a"
            "                      WHERE a.order_id = o.id AND a.outcome = 'open')"
            "        THEN %s ELSE %s END)",
            LEASE_DEADLINES * timeout_s + LEASE_SLACK_S - age_s,
            LEASE_DEADLINES * timeout_s + LEASE_SLACK_S + ROUND_S - age_s,
        )

    def ran_at(self, job):
        return self.rows("SELECT ran_at FROM panel_heartbeat WHERE job = %s", job)[0][0]


def _children_of(pid):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text().rpartition(")")[2].split()[1]
        except OSError:  # it ended while we looked
            continue
        found += [int(path.parent.name)] if parent == str(pid) else []
    return found


def _read(path):
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    home = tmp_path_factory.mktemp("chaos") / "panel"
    home.mkdir()
    panel = Panel(home, free_port())
    try:
        yield Trial(panel.start())
    finally:
        if panel.is_running():
            panel.stop()
        places.discard(home)


@pytest.fixture
def trial(running):
    """The trial panel, well, with a provider that behaves; afterwards the book must be proven."""
    running.sandbox("clear")
    yield running
    running.sandbox("clear")
    assert "The book is sound." in running.manage("check_ledger")
    assert running.sandbox("received")["repeated"] == []


@pytest.fixture
def beside():
    """Runs something beside the test, until it is told to end or the test does."""
    over = threading.Event()
    threads = []

    def start(deed):
        def again():
            while not over.is_set():
                deed()
                over.wait(0.02)

        threads.append(threading.Thread(target=again))
        threads[-1].start()
        return end

    def end():
        over.set()
        for thread in threads:
            thread.join()

    yield start
    end()
