"""`manage.py bench`: the performance ladder, each figure beside its baseline of the same run."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from tests.bench.ladder import table
from tests.bench.run import PARTS, climb


class Command(BaseCommand):
    """Measures on a database of its own, which is dropped at the end, and on 127.0.0.1 alone."""

    help = "Measure the panel against bare baselines and print the table. Takes a few minutes."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("parts", nargs="*", metavar="part", help=f"Of {', '.join(PARTS)}.")

    def handle(self, *, parts: list[str], **options: Any) -> None:
        rungs = climb([part for part in PARTS if part in parts or not parts], self.stdout.write)
        self.stdout.write("\n" + table(rungs))
