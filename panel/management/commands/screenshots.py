"""`manage.py screenshots`: pictures of the trial panel that runs, into docs/screenshots."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from panel.embedded import state
from tests.browser import pictures

FOLDER = settings.BASE_DIR / "docs" / "screenshots"


class Command(BaseCommand):
    """Places a few orders in the trial panel (`make run`) and takes pictures of its main pages."""

    help = "Take the README's pictures of the trial panel that runs on WEIR_STATE."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=FOLDER)

    def handle(self, *, folder: Path, **options: Any) -> None:
        trial = state.read(state.folder() / state.TRIAL_FILE)
        if not trial:
            raise CommandError("No trial panel runs here: start one with `make run` first.")
        pictures.take(trial, folder, self.stdout.write)
