"""`manage.py check_ledger`: prove the whole book and print what was proven."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders import proving
from orders.money import plain
from orders.proving import Proof, Proven


class Command(BaseCommand):
    """Exit code 0 for a sound book, 1 for a damaged one. The result is kept for the back-office."""

    help = "Prove every balance, charge, refund and payment from the entries of the book."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        proof = proving.prove()
        proving.keep(proof)
        for claim in proof.claims:
            self._tell(claim)
        self._sum_up(proof)
        if not proof.is_sound:
            damaged = sum(claim.broken for claim in proof.claims)
            raise CommandError(f"The book is damaged: {damaged:,} findings.", returncode=1)
        self.stdout.write(self.style.SUCCESS("The book is sound."))

    def _tell(self, claim: Proven) -> None:
        """One line for what holds, more for what does not."""
        verdict = f"{claim.broken:,} BROKEN" if claim.broken else "ok"
        self.stdout.write(
            f"{verdict:>12}  {claim.sentence:<58} {claim.rows:>11,} {claim.about:<9}"
            f" {claim.took_ms / 1000:6.2f} s"
        )
        for example in claim.examples:
            self.stdout.write(self.style.ERROR(f"{'':>14}{example}"))
        if claim.broken > len(claim.examples):
            self.stdout.write(f"{'':>14}and {claim.broken - len(claim.examples):,} more")

    def _sum_up(self, proof: Proof) -> None:
        """The operator's side: what came in and went out by kind, and what customers hold."""
        self.stdout.write("")
        for kind, total in proof.totals.items():
            self.stdout.write(f"{kind:>12}  {plain(total):>30}")
        self.stdout.write(f"{'held':>12}  {plain(proof.held):>30}")
        if proof.below_floor:
            self.stdout.write(
                f"{proof.below_floor:,} customers stand below the floor of their spending."
            )
        self.stdout.write(
            f"{proof.rows('entries'):,} entries proven in {proof.took_ms / 1000:.2f} s,"
            f" as of {proof.at:%Y-%m-%d %H:%M:%S} UTC."
        )
