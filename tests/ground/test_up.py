"""`manage.py up`: the whole trial panel, started, doubled, stopped, killed and started again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from panel.embedded import places
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 60.0
FROM_THE_TRIAL = (
    "SECRET_KEY", "FIELD_KEYS", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "CACHE_URL", "HTTPS",
)  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.chaos]


class Panel:
    """One `manage.py up` with a state folder and a port of its own."""

    def __init__(self, state, port):
        self.state, self.port, self.log = state, port, state.parent / f"{state.name}.log"
        self.process: subprocess.Popen[bytes]

    def launch(self):
        environment = {k: v for k, v in os.environ.items() if k not in FROM_THE_TRIAL}
        environment |= {"WEIR_STATE": str(self.state), "PORT": str(self.port)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        return self

    def start(self):
        """Launch it and wait until it says that it answers."""
        (self.state / "trial.json").unlink(missing_ok=True)
        self.launch()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (self.state / "trial.json").exists():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)
        return self

    def outcome(self):
        """Launch it and wait until it gives up."""
        self.launch()
        return self.process.wait(timeout=STOP_TIMEOUT_S), self.said()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(timeout=STOP_TIMEOUT_S)

    def is_running(self):
        return hasattr(self, "process") and self.process.poll() is None

    def said(self):
        return self.log.read_text()

    def trial(self):
        return json.loads((self.state / "trial.json").read_text())

    def health(self):
        with urllib.request.urlopen(f"{self.trial()['url']}/healthz", timeout=5) as reply:
            return reply.status

    def leftovers(self):
        """Command lines of living processes that were started for this panel's folders or port."""
        note = self.state / "postgres.home"
        marks = [str(self.state), f"\0--port\0{self.port}\0"]
        marks += [note.read_text()] if note.exists() else []
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_text(errors="replace")
                # A worker's words do not name the panel, what it was given does.
                given = (process / "environ").read_text(errors="replace")
            except OSError:  # it ended while we looked
                continue
            found += [words] if any(mark in words + given for mark in marks) else []
        return found


@pytest.fixture
def panels(tmp_path):
    """Makes panels by name; all of them end with the test."""
    made: dict[str, Panel] = {}

    def panel(name="panel", port=None):
        state = tmp_path / name
        state.mkdir(exist_ok=True)
        return made.setdefault(f"{name}:{port}", Panel(state, port or free_port()))

    yield panel
    for one in made.values():
        if one.is_running():
            one.stop()
        places.discard(one.state)


def wait_until(holds):
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def test_a_taken_port_is_named_with_the_way_out(panels):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code, said = panels(port=port).outcome()

    assert code == 1
    assert f"Port {port} is taken. Choose another one: PORT={port + 1} make run" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", "٨٠٠٠"])
def test_a_port_that_is_none_is_refused(panels, port):
    code, said = panels(port=port).outcome()

    assert code == 1
    assert f"PORT must be a number from 1 to 65535, not '{port}'." in said
    assert "Traceback" not in said


def test_a_damaged_state_is_not_overwritten(panels):
    panel = panels()
    (panel.state / "secrets.json").write_text('{"SECRET_KEY": "x"')

    code, said = panel.outcome()

    assert code == 1
    assert "secrets.json is damaged" in said
    assert (panel.state / "secrets.json").read_text() == '{"SECRET_KEY": "x"'


def test_the_panel_stops_in_order_and_the_next_start_goes_on(panels):
    panel = panels().start()
    first = panel.trial()
    assert panel.health() == 200
    assert {"url", "operator", "customer", "api_key", "sandbox_url"} <= first.keys()
    assert {"login", "password"} == first["operator"].keys() == first["customer"].keys()
    assert (panel.state / "trial.json").stat().st_mode & 0o777 == 0o600
    assert f"curl {first['url']}/api/v2 -d key={first['api_key']}" in panel.said()

    assert panel.stop(signal.SIGINT) == 0
    assert panel.leftovers() == []

    panel.start()
    assert panel.health() == 200
    assert panel.trial() == first


def test_a_killed_panel_leaves_nothing_behind_and_starts_again(panels):
    panel = panels().start()
    first = panel.trial()

    panel.stop(signal.SIGKILL)

    wait_until(lambda: panel.leftovers() == [])
    panel.start()
    assert panel.health() == 200
    assert panel.trial() == first


def test_two_panels_run_side_by_side_but_never_on_one_folder(panels):
    left, right = panels("left").start(), panels("right").start()

    code, said = panels("left", port=free_port()).outcome()

    assert code == 1
    assert f"A panel runs on {left.state} already (process {left.process.pid})" in said
    assert (left.health(), right.health()) == (200, 200)
    assert left.trial()["api_key"] != right.trial()["api_key"]
