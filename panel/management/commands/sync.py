"""`manage.py sync`: read provider lists, look at what they would change, take a sync back."""

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from orders import catalogue
from orders.models import CatalogueSync
from panel.models import Storefront
from providers.client import ProviderFailed
from providers.models import Provider

RATES_SHOWN_MAX = 20

_EXPECTED = (
    catalogue.SyncBusy,
    catalogue.SyncOvertaken,
    catalogue.CannotApply,
    catalogue.CannotUndo,
    ProviderFailed,
    OperationalError,
    Provider.DoesNotExist,
    CatalogueSync.DoesNotExist,
)


class Command(BaseCommand):
    """One sub-command for each thing that staff can do with a provider's list."""

    help = "Read a provider's list (run), preview it, apply a refused one, undo, import by choice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        run = deeds.add_parser("run", help="sync these providers, by id; all active ones if none")
        run.add_argument("providers", nargs="*", type=int)
        preview = deeds.add_parser("preview", help="show what a sync would change; write nothing")
        preview.add_argument("provider", type=int)
        for name in ("apply-anyway", "undo"):
            deeds.add_parser(name).add_argument("sync", type=int, help="number of the sync")
        chosen = deeds.add_parser("import", help="make services from chosen offers")
        chosen.add_argument("provider", type=int)
        chosen.add_argument("--service", action="append", default=[], help="id at the provider")
        chosen.add_argument("--category", action="append", default=[], help="name, as listed")
        chosen.add_argument("--active", action="store_true", help="sell them at once")

    def handle(self, **options: Any) -> None:
        deeds: dict[str, Callable[[dict[str, Any], datetime], None]] = {
            "run": self._run,
            "preview": self._preview,
            "apply-anyway": self._apply_anyway,
            "undo": self._undo,
            "import": self._import,
        }
        try:
            deeds[options["deed"]](options, timezone.now())
        except _EXPECTED as problem:
            raise CommandError(str(problem)) from problem

    def _run(self, options: dict[str, Any], now: datetime) -> None:
        active = Provider.objects.filter(is_active=True).values_list("pk", flat=True)
        currency = Storefront.current().currency
        for provider_id in options["providers"] or active:
            self._tell(catalogue.sync_catalogue(provider_id, now=now, panel_currency=currency))

    def _preview(self, options: dict[str, Any], now: datetime) -> None:
        seen = catalogue.preview(options["provider"], now=now)
        self.stdout.write(_figures(seen.counts))
        if seen.doubt:
            self.stdout.write(f"It would be refused: {seen.doubt}")
        for service_id, (old, new) in list(seen.rates.items())[:RATES_SHOWN_MAX]:
            self.stdout.write(f"  service {service_id}: {old} → {new}")

    def _apply_anyway(self, options: dict[str, Any], now: datetime) -> None:
        self._tell(catalogue.apply_anyway(options["sync"], now=now))

    def _undo(self, options: dict[str, Any], now: datetime) -> None:
        self._tell(catalogue.undo_sync(options["sync"], now=now))

    def _import(self, options: dict[str, Any], now: datetime) -> None:
        done = catalogue.import_services(
            options["provider"],
            upstream_ids=options["service"],
            categories=options["category"],
            is_active=options["active"],
            now=now,
        )
        self.stdout.write(f"{len(done.service_ids)} services imported.")
        for upstream_id, reason in done.left_out.items():
            self.stdout.write(f"  {upstream_id} left out: {reason}")

    def _tell(self, sync: CatalogueSync) -> None:
        self.stdout.write(f"Sync {sync.pk} of provider {sync.provider_id}: {sync.outcome}")
        self.stdout.write(f"  {_figures(sync.counts)}")
        if sync.reason:
            self.stdout.write(f"  {sync.reason}")


def _figures(counts: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items() if n)
