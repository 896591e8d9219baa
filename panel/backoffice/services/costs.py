"""A provider changed its prices: what became of our margins, and what to do about it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from orders import catalogue
from orders.catalogue import CostChange
from orders.models import CatalogueSync, Service
from panel.backoffice.access import Right, Staff, staff_page


@dataclass(frozen=True, slots=True)
class Row:
    """A service with what its cost was and is."""

    service: Service
    change: CostChange

    @property
    def is_at_a_loss(self) -> bool:
        return self.change.rate_now < self.change.cost_now


@require_safe
@staff_page(Right.CATALOGUE)
def costs(request: HttpRequest, staff: Staff, sync_id: int) -> HttpResponse:
    """The affected services, least margin first; those that keep less than before are ticked."""
    sync = get_object_or_404(
        CatalogueSync.objects.select_related("provider").defer("provider__api_key"), pk=sync_id
    )
    changes = catalogue.cost_changes(sync)
    shown = changes[: catalogue.EDITED_MAX]
    services = Service.objects.in_bulk([one.service_id for one in shown])
    rows = [Row(services[one.service_id], one) for one in shown]
    context = {
        "sync": sync,
        "provider": sync.provider,
        "rows": rows,
        "total": len(changes),
        "worse": sum(one.keeps_less for one in changes),
        "at_a_loss": sum(row.is_at_a_loss for row in rows),
    }
    return render(request, "backoffice/services/costs.html", context)
