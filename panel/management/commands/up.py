"""`manage.py up`: a trial panel in one console, with everything it needs."""

import io
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from panel.embedded import state, trial
from panel.embedded.places import Unavailable
from panel.embedded.supervisor import Supervisor

PORT_DEFAULT = 8_000
PORT_MAX = 65_535
FREE_PORT_TIMEOUT_S = 5.0  # a panel that was killed a moment ago may still hold it


class Command(BaseCommand):
    """Start servers, sandbox provider, web, worker and clock; stop them all on Ctrl-C."""

    help = "Run a trial panel. PORT chooses the port, WEIR_STATE the folder that it remembers."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        home, port = state.folder(), _port()
        os.environ.setdefault("PUBLIC_URL", f"http://{state.HOST}:{port}")
        supervisor = Supervisor()
        try:
            with state.locked(home), trial.stopping_in_order(supervisor):
                self._run(supervisor, home, port)
        except KeyboardInterrupt:
            self.stdout.write("Stopped. The next start goes on from here.")
        except (state.Busy, Unavailable) as problem:
            raise CommandError(str(problem)) from problem

    def _run(self, supervisor: Supervisor, home: Path, port: int) -> None:
        """Start everything from the ground up, then watch over it."""
        if not supervisor.run(until=lambda: state.is_free(port), timeout_s=FREE_PORT_TIMEOUT_S):
            raise Unavailable(f"Port {port} is taken. Choose another one: PORT={port + 1} make run")
        (home / state.TRIAL_FILE).unlink(missing_ok=True)
        self.stdout.write("Starting the servers ...")
        trial.start_servers(supervisor, home)
        sandbox_url = trial.start_sandbox(supervisor, home)
        self.stdout.write("Preparing the database ...")
        logins = _prepare(home, sandbox_url)
        url = trial.start_panel(supervisor, home, port)
        state.write(home / state.TRIAL_FILE, {"url": url, **logins, "sandbox_url": sandbox_url})
        self._welcome(url, logins, home)
        supervisor.run(until=lambda: False)

    def _welcome(self, url: str, logins: dict[str, Any], home: Path) -> None:
        """Say where the panel is and how to get in, with a line that places a real order."""
        fields = {"key": logins["api_key"], "action": "add", **logins["order"]}
        words = [f"-d {name}={quote(str(value), safe=':/')}" for name, value in fields.items()]
        self.stdout.write(
            f"\n  Weir runs at {url}\n\n"
            f"  operator  {logins['operator']['login']}  {logins['operator']['password']}\n"
            f"  customer  {logins['customer']['login']}  {logins['customer']['password']}\n"
            f"  API key   {logins['api_key']}\n\n"
            f"  Place an order:\n  curl {url}/api/v2 {' '.join(words)}\n\n"
            f"  Noted in {home / state.TRIAL_FILE}. Ctrl-C stops everything and loses nothing.\n"
        )


def _prepare(home: Path, sandbox_url: str) -> dict[str, Any]:
    """Bring the database up to date, fill it at the first start, and answer the logins."""
    call_command("migrate", interactive=False, verbosity=0)
    answer = call_command(
        "demo",
        sandbox_url=sandbox_url,
        sandbox_key=state.sandbox_key(home),
        logins=json.dumps(state.read(home / state.LOGINS_FILE)),
        stdout=io.StringIO(),
    )
    logins: dict[str, Any] = json.loads(answer)
    state.write(home / state.LOGINS_FILE, logins)
    # Programs are started from a process without threads: the pool's go first.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    return logins


def _port() -> int:
    """PORT as a number. Raises CommandError when it is none."""
    text = os.environ.get("PORT") or str(PORT_DEFAULT)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= PORT_MAX):
        raise CommandError(f"PORT must be a number from 1 to {PORT_MAX}, not {text!r}.")
    return int(text)
