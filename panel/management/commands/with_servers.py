"""`manage.py with_servers check_ledger`: any command on the trial's servers."""

import argparse
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from panel.embedded import state, trial
from panel.embedded.places import Unavailable
from panel.embedded.supervisor import Supervisor


class Command(BaseCommand):
    """Use the servers of the panel that runs, else start them for as long as the command takes."""

    help = "Run a command on the servers of the trial panel, whether it runs or not."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("words", nargs=argparse.REMAINDER, metavar="command ...")

    def handle(self, *, words: list[str], **options: Any) -> None:
        if not words:
            raise CommandError("Name the command to run, for example: with_servers check_ledger")
        home, supervisor = state.folder(), Supervisor()
        try:
            with state.locked(home), trial.stopping_in_order(supervisor):
                trial.start_servers(supervisor, home)
                call_command("migrate", interactive=False, verbosity=0)
                call_command(*words)
                connection.close_pool()  # type: ignore[attr-defined]
        except state.Busy:
            call_command(*words)
        except Unavailable as problem:
            raise CommandError(str(problem)) from problem
