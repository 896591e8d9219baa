"""`manage.py after_restore`: the first thing to run on a database restored from an older copy."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from orders import restoring
from panel.clock import database_now


class Command(BaseCommand):
    """Nothing is sent until a person has looked, and no id is given out a second time."""

    help = "Put a restored panel into safety; run it before web, workers and clock are started."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--skip", type=int, default=restoring.SKIP_DEFAULT, help="ids to leave out"
        )
        parser.add_argument("--go-on", action="store_true", help="resume the paused providers")

    def handle(self, *, skip: int, go_on: bool, **options: Any) -> None:
        if go_on:
            self.stdout.write(f"Resumed: {restoring.go_on()} providers.")
            return
        done = restoring.after_restore(now=database_now(), skip=max(0, skip))
        self.stdout.write(
            f"Paused: {done.providers} providers; gap probes are switched off.\n"
            f"Unconfirmed, because they may have been sent since the copy: {done.orders} orders,"
            f" {done.refills} refills, {done.cancels} wishes to cancel.\n"
            f"The next order is number {done.next_order_id:,}.\n\n"
            "Start web, workers and clock: what is with the providers is followed from now on.\n"
            "Answer the unconfirmed orders (manage.py resolve), compare with the providers' own\n"
            "lists, then: manage.py after_restore --go-on"
        )
