"""Which providers have wishes to cancel waiting, and how many."""

from datetime import datetime

from django.db.models import Q, QuerySet

from orders.lifecycle import AT_PROVIDER, CancelStatus, Status
from orders.models import CancelRequest
from orders.models.wishes import Backlog, backlog_of


def due_providers(now: datetime) -> list[int]:
    """Providers to forward requests to."""
    return sorted(_due(now).values_list("order__provider_id", flat=True).distinct())


def backlog(now: datetime) -> Backlog:
    """Requests that are due and could be sent; those whose order is on its way only wait."""
    return backlog_of(_due(now))


def _due(now: datetime) -> QuerySet[CancelRequest]:
    can_be_sent = Q(status=CancelStatus.REQUESTED, order__status__in=AT_PROVIDER | {Status.PENDING})
    return CancelRequest.objects.filter(
        can_be_sent | Q(status=CancelStatus.SUBMITTING),
        due_at__lte=now,
        order__provider__isnull=False,
    ).order_by()
