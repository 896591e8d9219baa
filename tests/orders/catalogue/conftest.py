"""A provider over real HTTP whose price list a test writes row by row."""

from decimal import Decimal
from typing import Any

import pytest

from orders.catalogue import sync_catalogue
from orders.models import CatalogueChange, CatalogueSync, ImportPlan, Service
from providers.models import Offer
from providers.sandbox.harness import Sandbox
from tests import make


class PriceList:
    """What the sandbox answers to `services`; rows by id, changed between two syncs."""

    def __init__(self, box: Sandbox, **plan: Any) -> None:
        self.box = box
        self.provider = make.provider(url=box.url, api_key=box.key)
        plan.setdefault("choice", ImportPlan.Choice.ALL)
        plan.setdefault("is_active_at_once", True)
        plan.setdefault("markup_percent", Decimal(20))
        self.plan = ImportPlan.objects.create(provider=self.provider, **plan)
        self.rows: dict[str, dict[str, Any]] = {}

    def add(self, upstream_id: str = "1", **columns: Any) -> dict[str, Any]:
        row = {
            "service": upstream_id,
            "name": f"Article views number {upstream_id}",
            "type": "Default",
            "category": "Articles",
            "rate": "1.00",
            "min": "10",
            "max": "10000",
            "refill": True,
            "cancel": True,
            "desc": "Starts within an hour.",
        }
        self.rows[upstream_id] = row | columns
        return self.rows[upstream_id]

    def fill(self, size: int) -> None:
        for number in range(1, size + 1):
            self.add(str(number))

    def sync(self, **given: Any) -> CatalogueSync:
        """Answer with the rows as they are now, and sync."""
        self.serve(list(self.rows.values()))
        return sync_catalogue(self.provider.pk, now=make.NOW, **given)

    def serve(self, answer: Any) -> None:
        self.box.clear()
        self.box.fault("json", answer, action="services")

    def replan(self, **columns: Any) -> None:
        ImportPlan.objects.filter(pk=self.plan.pk).update(**columns)

    def service(self, upstream_id: str = "1") -> Service:
        return Service.objects.get(
            sources__offer__upstream_id=upstream_id, sources__offer__provider=self.provider
        )

    def offer(self, upstream_id: str = "1") -> Offer:
        return Offer.objects.get(provider=self.provider, upstream_id=upstream_id)

    def feed(self, upstream_id: str = "1") -> list[tuple[str, str, str]]:
        """Its lines in the public feed, oldest first."""
        changes = CatalogueChange.objects.filter(service=self.service(upstream_id))
        return list(changes.order_by("pk").values_list("kind", "old", "new"))


@pytest.fixture(scope="session")
def _box():
    with Sandbox(services=18) as box:
        yield box


@pytest.fixture
def box(_box):
    _box.clear()
    return _box


@pytest.fixture
def prices(box, db):
    return PriceList(box)
