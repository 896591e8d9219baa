"""`manage.py after_restore`: the first thing to run on a database restored from an older copy."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders import restoring
from orders.models import PaperNumber
from panel.clock import database_now

NO_PAPERS = "none"


class Command(BaseCommand):
    """Nothing is sent until a person has looked, and no id is given out a second time."""

    help = "Put a restored panel into safety; run it before web, workers and clock are started."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--skip", type=int, default=restoring.SKIP_DEFAULT, help="ids to leave out"
        )
        parser.add_argument(
            "--last-invoice",
            action="append",
            metavar="NUMBER",
            help="the last number that was given before the failure, such as INV-2026-000123;"
            " once for each kind (INV, CN) and year. none: no paper was written since the copy",
        )
        parser.add_argument("--actor", default="command line", help="who restored")
        parser.add_argument("--go-on", action="store_true", help="resume the paused providers")

    def handle(self, *, skip: int, go_on: bool, **options: Any) -> None:
        if go_on:
            self.stdout.write(f"Resumed: {restoring.go_on()} providers.")
            return
        last_papers = _numbers(options["last_invoice"])
        try:
            done = restoring.after_restore(
                now=database_now(),
                skip=max(0, skip),
                last_papers=last_papers,
                actor=options["actor"],
            )
        except restoring.RestoreRefused as refusal:
            raise CommandError(_asking(str(refusal))) from refusal
        self._tell(done)

    def _tell(self, done: restoring.Restored) -> None:
        for lost in done.lost:
            self.stdout.write(
                f"Lost with their papers: {lost} ({lost.count:,}). New ones go on behind."
            )
        self.stdout.write(
            f"Paused: {done.providers} providers; gap probes are switched off.\n"
            f"Unconfirmed, because they may have been sent since the copy: {done.orders} orders,"
            f" {done.refills} refills, {done.cancels} wishes to cancel.\n"
            f"The next order is number {done.next_order_id:,}.\n\n"
            "Start web, workers and clock: what is with the providers is followed from now on.\n"
            "Answer the unconfirmed orders (manage.py resolve), compare with the providers' own\n"
            "lists, then: manage.py after_restore --go-on"
        )


def _numbers(texts: Sequence[str] | None) -> list[PaperNumber] | None:
    """The numbers as they were typed; None when the option was not given at all."""
    if texts is None or texts == [NO_PAPERS]:
        return None if texts is None else []
    read = {text: PaperNumber.read(text) for text in texts}
    wrong = [text for text, number in read.items() if number is None]
    if wrong:
        raise CommandError(f"Not the number of an invoice or a credit note: {', '.join(wrong)}.")
    return [number for number in read.values() if number is not None]


def _asking(refusal: str) -> str:
    known = ", ".join(last.label for last in restoring.last_known()) or "none"
    return (
        f"{refusal}\nThe copy's last ones: {known}. Find the last that were given (papers_written"
        " in the worker's log, or the newest papers that anybody kept), then name them:\n"
        "  --last-invoice INV-2026-000123 --last-invoice CN-2026-000004\n"
        "or, when no paper was written since the copy: --last-invoice none"
    )
