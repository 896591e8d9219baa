"""`manage.py bench`: the performance ladder, each figure beside its baseline of the same run."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from tests.bench.ladder import table
from tests.bench.millions import ORDERS
from tests.bench.run import PARTS, USUAL, climb


class Command(BaseCommand):
    """Measures on a database of its own, which is dropped at the end, and on 127.0.0.1 alone."""

    help = "Measure the panel against bare baselines and print the table. Takes a few minutes."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("parts", nargs="*", metavar="part", help=f"Of {', '.join(PARTS)}.")

        parser.add_argument(
            "--orders", type=int, default=ORDERS, help="How many the back-office is tried with."
        )

    def handle(self, *, parts: list[str], orders: int, **options: Any) -> None:
        chosen = [part for part in PARTS if part in (parts or USUAL)]
        rungs = climb(chosen, self.stdout.write, orders=orders)
        self.stdout.write("\n" + table(rungs))
